// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"strings"
	"testing"

	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/hopstamp/hopstamp/internal/receive/otlptest"
	"github.com/hopstamp/hopstamp/internal/span"
)

func TestCategoryOfAnError(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kind   span.Kind
		status uint16
		text   string
		want   span.Category
	}{
		{span.Client, 429, "", span.RateLimit},
		{span.Client, 401, "", span.Auth},
		{span.Client, 403, "", span.Auth},
		{span.Client, 400, "", span.Validation},
		{span.Client, 422, "", span.Validation},
		{span.Client, 408, "", span.Timeout},
		{span.Client, 504, "", span.Timeout},
		{span.Client, 502, "", span.Transport},
		{span.Client, 503, "", span.Transport},
		{span.Client, 404, "", span.Rejection},
		{span.Client, 410, "", span.Rejection},
		{span.Client, 500, "", span.Rejection},
		{span.Server, 500, "", span.InternalFault},
		{span.Server, 404, "", span.Rejection},
		{span.Client, 200, "TimeoutError", span.Timeout}, // the status is fine, the body was not
		{span.Client, 429, "TimeoutError", span.RateLimit},
		{span.Internal, 0, "429", span.RateLimit},
		{span.Internal, 0, "999", span.Uncategorized},
		{span.Internal, 0, "java.net.SocketTimeoutException", span.Timeout},
		{span.Internal, 0, "context.deadlineExceededError", span.Timeout},
		{span.Internal, 0, "DEADLINE_EXCEEDED", span.Timeout},
		{span.Internal, 0, "ETIMEDOUT", span.Timeout},
		{span.Internal, 0, "java.net.ConnectException", span.Transport},
		{span.Internal, 0, "dial tcp 10.0.0.1:443: connect: connection refused", span.Transport},
		{span.Internal, 0, "ECONNRESET", span.Transport},
		{span.Internal, 0, "UNAVAILABLE", span.Transport},
		{span.Internal, 0, "*net.DNSError", span.Transport},
		{span.Internal, 0, "unexpected EOF", span.Transport},
		{span.Internal, 0, "EOFException", span.Transport},
		{span.Internal, 0, "GeofenceError", span.Uncategorized},
		{span.Internal, 0, "RateLimitExceeded", span.RateLimit},
		{span.Internal, 0, "Throttling", span.RateLimit},
		{span.Internal, 0, "RESOURCE_EXHAUSTED", span.RateLimit},
		{span.Internal, 0, "PERMISSION_DENIED", span.Auth},
		{span.Internal, 0, "InvalidArgument", span.Validation},
		{span.Internal, 0, "json.UnmarshalTypeError", span.Validation},
		{span.Internal, 0, "message rejected", span.Rejection},
		{span.Internal, 0, "NullPointerException", span.InternalFault},
		{span.Internal, 0, "_OTHER", span.Uncategorized},
		{span.Internal, 0, strings.Repeat("x ", maxErrorText) + "timeout", span.Uncategorized},
	}
	for _, test := range tests {
		if got := categoryOf(test.kind, test.status, test.text); got != test.want {
			t.Errorf("%s %d %q: %q, want %q", test.kind, test.status, test.text, got, test.want)
		}
	}
}

func TestWhatMakesASpanAnError(t *testing.T) {
	t.Parallel()
	failed := func(complete func(ptrace.Span)) func(ptrace.Span) {
		return func(s ptrace.Span) {
			s.Status().SetCode(ptrace.StatusCodeError)
			complete(s)
		}
	}
	tests := []struct {
		why      string
		kind     ptrace.SpanKind
		complete func(ptrace.Span)
		isError  bool
		category span.Category
		kindOf   string
	}{
		{"nothing", ptrace.SpanKindClient, otlptest.WithAttributes(), false, span.Uncategorized, ""},
		{"an error type alone", ptrace.SpanKindInternal, otlptest.WithAttributes("error.type", "timeout"), false, span.Uncategorized, "timeout"},
		{"the status of the span", ptrace.SpanKindInternal, failed(otlptest.WithAttributes()), true, span.Uncategorized, ""},
		{"a client that was refused", ptrace.SpanKindClient, otlptest.WithAttributes("http.response.status_code", 404), true, span.Rejection, ""},
		{"a server that refused", ptrace.SpanKindServer, otlptest.WithAttributes("http.response.status_code", 404), false, span.Uncategorized, ""},
		{"a server that broke", ptrace.SpanKindServer, otlptest.WithAttributes("http.response.status_code", 500), true, span.InternalFault, ""},
		{"what is said wins", ptrace.SpanKindClient, otlptest.WithAttributes("http.response.status_code", 404, "hopstamp.error.category", "auth"), true, span.Auth, ""},
		{"what is said wrongly does not", ptrace.SpanKindClient, otlptest.WithAttributes("http.response.status_code", 404, "hopstamp.error.category", "author"), true, span.Rejection, ""},
		{"an error type", ptrace.SpanKindInternal, failed(otlptest.WithAttributes("error.type", "TimeoutError")), true, span.Timeout, "TimeoutError"},
		{"an exception", ptrace.SpanKindInternal, failed(func(s ptrace.Span) {
			event := s.Events().AppendEmpty()
			event.SetName("exception")
			otlptest.SetAttributes(event.Attributes(), "exception.type", "*errors.errorString", "exception.message", "connection reset by peer")
		}), true, span.Transport, "*errors.errorString"},
		{"the message of the status", ptrace.SpanKindInternal, failed(func(s ptrace.Span) { s.Status().SetMessage("token expired") }),
			true, span.Auth, ""},
	}
	for _, test := range tests {
		record, batch, _ := decodeOne(t, otlptest.OneSpan(test.kind, "x", test.complete))
		if record.Error != test.isError || record.Category != test.category || batch.Text(record.ErrorType) != test.kindOf {
			t.Errorf("%s: error %v, category %q, type %q; want %v, %q, %q", test.why, record.Error, record.Category,
				batch.Text(record.ErrorType), test.isError, test.category, test.kindOf)
		}
	}
}
