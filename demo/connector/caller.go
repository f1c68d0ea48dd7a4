// SPDX-License-Identifier: Apache-2.0

// Package connector brings messages to other companies' systems: a push provider, a ticketing system
// and a CRM. Each call is an HTTP CLIENT span; an answer other than 2xx is a *worker.Refusal. Safe for
// concurrent use.
package connector

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/hopstamp/hopstamp/demo/telemetry"
	"github.com/hopstamp/hopstamp/demo/worker"
)

// Vendor is a system at the other end: what we call it, and how to reach it.
type Vendor struct {
	Name   string // also its host name
	Client *http.Client
}

// caller makes one vendor's calls.
type caller struct {
	vendor   Vendor
	tracer   trace.Tracer
	describe []attribute.KeyValue
}

func newCaller(vendor Vendor, tracer trace.Tracer, more ...attribute.KeyValue) caller {
	return caller{vendor: vendor, tracer: tracer, describe: append(more,
		semconv.HTTPRequestMethodPost,
		semconv.ServerAddress(vendor.Name),
		semconv.ServerPort(80),
		telemetry.Destination.String(vendor.Name),
	)}
}

// post sends payload to path and wants a 2xx for it.
func (c caller) post(ctx context.Context, path string, payload any) error {
	url := "http://" + c.vendor.Name + path
	ctx, span := c.tracer.Start(ctx, "POST "+path, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(c.describe...), trace.WithAttributes(semconv.URLFull(url)))
	defer span.End()
	status, err := c.exchange(ctx, url, payload)
	if status != 0 {
		span.SetAttributes(semconv.HTTPResponseStatusCode(status))
	}
	var refusal *worker.Refusal
	if errors.As(err, &refusal) {
		span.SetAttributes(semconv.ErrorTypeKey.String(refusal.Type))
		span.SetStatus(codes.Error, refusal.Detail)
	}
	return err
}

// exchange returns the status of the answer, 0 when there was none.
func (c caller) exchange(ctx context.Context, url string, payload any) (int, error) {
	body, err := json.Marshal(payload)
	if err != nil {
		return 0, fmt.Errorf("encode the request: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return 0, fmt.Errorf("make the request: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := c.vendor.Client.Do(request)
	if err != nil {
		return 0, unreachable(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 1<<10))
	if err != nil {
		return response.StatusCode, unreachable(err)
	}
	if response.StatusCode/100 == 2 {
		return response.StatusCode, nil
	}
	return response.StatusCode, refused(response, strings.TrimSpace(string(answer)))
}

// unreachable is the refusal of a vendor that gave no answer.
func unreachable(err error) *worker.Refusal {
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) {
		return &worker.Refusal{Type: "timeout", Category: "timeout", Detail: err.Error()}
	}
	return &worker.Refusal{Type: "connection_error", Category: "transport", Detail: err.Error()}
}

// refused is the refusal that an answer means.
func refused(response *http.Response, detail string) *worker.Refusal {
	seconds, _ := strconv.Atoi(response.Header.Get("Retry-After"))
	refusal := &worker.Refusal{
		Type: strconv.Itoa(response.StatusCode), Detail: detail, RetryAfter: time.Duration(seconds) * time.Second,
	}
	switch response.StatusCode {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		refusal.Category = "validation"
	case http.StatusUnauthorized, http.StatusForbidden:
		refusal.Category = "auth"
	case http.StatusTooManyRequests:
		refusal.Category = "rate_limit"
	default:
		refusal.Category = "rejection"
	}
	return refusal
}
