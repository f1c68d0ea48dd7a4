// SPDX-License-Identifier: Apache-2.0

package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Eventually asks until what is asked is so, and ends the test with the last reason
// why it is not when the time is over.
func Eventually(t testing.TB, within time.Duration, ask func() error) {
	t.Helper()
	pause := 20 * time.Millisecond
	for deadline := time.Now().Add(within); ; {
		err := ask()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not so within %v: %v", within, err)
		}
		time.Sleep(pause)
		pause = min(2*pause, time.Second)
	}
}

// Response is what the server answered.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Get asks for a path of the HTTP interface, headers in pairs.
func (s *Server) Get(t testing.TB, path string, headers ...string) Response {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return exchange(t, request, headers)
}

// Post sends a body to OTLP over HTTP, headers in pairs.
func (s *Server) Post(t testing.TB, body []byte, headers ...string) Response {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, s.OTLP, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return exchange(t, request, headers)
}

func exchange(t testing.TB, request *http.Request, headers []string) Response {
	t.Helper()
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := (&http.Client{Timeout: startWithin}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return Response{response.StatusCode, response.Header, body}
}

// Ask reads a good answer of a call below /api/v1.
func Ask[T any](s *Server, call string, query ...string) (answer T, err error) {
	return fetch[T](s, "/api/v1"+call, query)
}

// Prometheus reads a good answer of a call of Prometheus' own interface.
func Prometheus[T any](s *Server, call string, query ...string) (answer T, err error) {
	return fetch[T](s, "/prometheus/api/v1"+call, query)
}

func fetch[T any](s *Server, path string, query []string) (answer T, err error) {
	values := url.Values{}
	for i := 0; i+1 < len(query); i += 2 {
		values.Add(query[i], query[i+1])
	}
	address := s.URL + path
	if len(values) > 0 {
		address += "?" + values.Encode()
	}
	response, err := (&http.Client{Timeout: startWithin}).Get(address)
	if err != nil {
		return answer, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return answer, err
	}
	if response.StatusCode != http.StatusOK {
		return answer, fmt.Errorf("%s: %s: %s", address, response.Status, body)
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return answer, fmt.Errorf("%s: %w: %s", address, err, body)
	}
	return answer, nil
}

// Message is the journey known by an id.
func (s *Server) Message(key string) (Message, error) {
	return Ask[Message](s, "/messages/"+url.PathEscape(key))
}

// Deliveries follows the cursors to the end.
func (s *Server) Deliveries(query ...string) (all []Delivery, err error) {
	for cursor := ""; ; {
		page, err := Ask[List[Delivery]](s, "/deliveries", append([]string{"cursor", cursor}, query...)...)
		if err != nil {
			return all, err
		}
		all = append(all, page.Items...)
		if cursor = page.Next; cursor == "" {
			return all, nil
		}
		if len(page.Items) == 0 {
			return all, errors.New("an empty page says that there is a next one")
		}
	}
}

// AwaitReady until /readyz says so.
func (s *Server) AwaitReady(t testing.TB) {
	t.Helper()
	Eventually(t, startWithin, func() error {
		if s.Ended() {
			t.Fatal("hopstamp ended before it was ready")
		}
		response, err := http.Get(s.URL + "/readyz")
		if err != nil {
			return err
		}
		defer response.Body.Close()
		if why, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusOK {
			return fmt.Errorf("/readyz: %s: %s", response.Status, why)
		}
		return nil
	})
}

// Metric sums the series of /metrics whose name and labels begin so, such as
// `hopstamp_deliveries_total{path="chat"`.
func (s *Server) Metric(series string) (sum float64, err error) {
	response, err := http.Get(s.URL + "/metrics")
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, err
	}
	found := false
	for line := range strings.Lines(string(text)) {
		at := strings.LastIndexByte(line, ' ')
		if at < 0 || !begins(line[:at], series) {
			continue
		}
		value, err := strconv.ParseFloat(strings.TrimSpace(line[at:]), 64)
		if err != nil {
			return 0, fmt.Errorf("/metrics: %q: %w", line, err)
		}
		sum, found = sum+value, true
	}
	if !found {
		return 0, fmt.Errorf("/metrics has no series that begins with %s", series)
	}
	return sum, nil
}

// begins tells whether a series is the one asked for: a name ends where it ends.
func begins(line, series string) bool {
	rest, ok := strings.CutPrefix(line, series)
	return ok && (rest == "" || rest[0] == '{' || strings.ContainsRune(series, '{'))
}
