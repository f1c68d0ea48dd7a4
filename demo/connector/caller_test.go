// SPDX-License-Identifier: Apache-2.0

package connector

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace/noop"

	"github.com/hopstamp/hopstamp/demo/message"
	"github.com/hopstamp/hopstamp/demo/worker"
)

// answering is a vendor that gives one answer to everything.
func answering(t *testing.T, answer http.HandlerFunc) Vendor {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	return Vendor{Name: strings.TrimPrefix(server.URL, "http://"), Client: server.Client()}
}

func TestAnswersBecomeRefusals(t *testing.T) {
	t.Parallel()
	for status, category := range map[int]string{
		400: "validation", 401: "auth", 403: "auth", 404: "rejection", 422: "validation", 429: "rate_limit", 503: "rejection",
	} {
		vendor := answering(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "3")
			http.Error(w, "no", status)
		})
		err := NewPush(vendor, noop.Tracer{}).Deliver(t.Context(), message.Message{ID: "m1"})
		var refusal *worker.Refusal
		if !errors.As(err, &refusal) || refusal.Category != category || refusal.Detail != "no" || refusal.RetryAfter != 3*time.Second {
			t.Errorf("%d: %+v, want category %s, its detail and its delay", status, refusal, category)
		}
	}
}

func TestGoodAnswerIsNoError(t *testing.T) {
	t.Parallel()
	vendor := answering(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) })
	if err := NewTicketing(vendor, noop.Tracer{}).Deliver(t.Context(), message.Message{ID: "m1"}); err != nil {
		t.Error(err)
	}
}

func TestNoAnswerIsATimeoutOrATransportError(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	silent := answering(t, func(http.ResponseWriter, *http.Request) { <-hold })
	t.Cleanup(func() { close(hold) }) // before the vendor closes, which waits for its answers
	silent.Client.Timeout = 20 * time.Millisecond
	rude := answering(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	for category, vendor := range map[string]Vendor{"timeout": silent, "transport": rude} {
		err := NewCRM(vendor, noop.Tracer{}).Deliver(context.Background(), message.Message{ID: "m1"})
		var refusal *worker.Refusal
		if !errors.As(err, &refusal) || refusal.Category != category {
			t.Errorf("%v, want category %s", err, category)
		}
	}
}

// Without its index the connector does one message at a time; with it back, nobody waits any more.
func TestRestoreWakesThoseWhoScan(t *testing.T) {
	t.Parallel()
	vendor := answering(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) })
	crm := NewCRM(vendor, noop.Tracer{})
	crm.Degrade(time.Hour)
	done := make(chan error, 2)
	for range 2 {
		go func() { done <- crm.Deliver(context.Background(), message.Message{ID: "m1"}) }()
	}
	for crm.contacts.TryLock() { // until one of them scans
		crm.contacts.Unlock()
		time.Sleep(time.Millisecond)
	}
	crm.Restore()
	for range 2 {
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("a scan goes on though the index is back")
		}
	}
}
