// SPDX-License-Identifier: Apache-2.0

package forward

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// newClient follows no redirect: it would turn the request into a GET, whose
// success means nothing.
func newClient(timeout time.Duration) *http.Client {
	return &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (f *Forwarder) pack(data []byte) error {
	f.body.Reset()
	if f.options.Plain {
		_, err := f.body.Write(data)
		return err
	}
	f.packer.Reset(&f.body)
	_, err := f.packer.Write(data)
	return errors.Join(err, f.packer.Close())
}

// post sends what is packed and reads the answer.
func (f *Forwarder) post(ctx context.Context) answer {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, f.options.Endpoint, bytes.NewReader(f.body.Bytes()))
	if err != nil {
		return answer{reason: "network", words: err.Error()}
	}
	for name, value := range f.options.Headers {
		request.Header.Set(name, value)
	}
	request.Header.Set("Content-Type", "application/x-protobuf")
	if !f.options.Plain {
		request.Header.Set("Content-Encoding", "gzip")
	}
	request.Header.Set("User-Agent", "hopstamp")
	response, err := f.client.Do(request)
	if err != nil {
		return answer{reason: "network", words: err.Error()}
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, largestAnswer))
	if err != nil {
		return answer{reason: "network", words: err.Error()}
	}
	return understand(response, body, f.options.clock())
}
