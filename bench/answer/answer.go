// SPDX-License-Identifier: Apache-2.0

// Package answer asks contenders over HTTP.
package answer

import (
	"context"
	"fmt"
	"io"
	"net/http"
)

// Of is what a GET of a URL answers, which the caller has to close; an answer other than
// 200 is an error. It takes as long as the context lets it.
func Of(ctx context.Context, url string) (io.ReadCloser, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, fmt.Errorf("ask for %s: %w", url, err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask for %s: %w", url, err)
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return nil, fmt.Errorf("ask for %s: answered %s", url, response.Status)
	}
	return response.Body, nil
}
