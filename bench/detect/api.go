// SPDX-License-Identifier: Apache-2.0

package detect

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// ledger gives how many are stuck by the API.
func (s Server) ledger(ctx context.Context) (stuck int, err error) {
	body, err := get(ctx, s.URL+"/api/v1/ledger?by=verdict&since=1h")
	if err != nil {
		return 0, err
	}
	var answer struct {
		Rows []struct {
			Verdict string
			Count   int
		}
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return 0, fmt.Errorf("read the ledger: %w", err)
	}
	for _, row := range answer.Rows {
		if row.Verdict == "stuck" {
			stuck += row.Count
		}
	}
	return stuck, nil
}

func get(ctx context.Context, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: answered %s", url, response.Status)
	}
	return io.ReadAll(response.Body)
}
