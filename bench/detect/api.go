// SPDX-License-Identifier: Apache-2.0

package detect

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/hopstamp/hopstamp/bench/answer"
)

// ledger gives how many are stuck by the API.
func (s Server) ledger(ctx context.Context) (stuck int, err error) {
	body, err := get(ctx, s.URL+"/api/v1/ledger?by=verdict&since=1h")
	if err != nil {
		return 0, err
	}
	var said struct {
		Rows []struct {
			Verdict string
			Count   int
		}
	}
	if err := json.Unmarshal(body, &said); err != nil {
		return 0, fmt.Errorf("read the ledger: %w", err)
	}
	for _, row := range said.Rows {
		if row.Verdict == "stuck" {
			stuck += row.Count
		}
	}
	return stuck, nil
}

func get(ctx context.Context, url string) ([]byte, error) {
	body, err := answer.Of(ctx, url)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(body)
}
