// SPDX-License-Identifier: Apache-2.0

package receive

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// cause is the reason of a refusal, as the metric counts it.
type cause uint8

const (
	causeNotReady cause = iota
	causeBusy
	causeLogUnavailable
	causeTooLarge
	causeMalformed
	causeTooSlow
	causeGone
	causeContentType
	causeContentEncoding
	causeMethod
	causeUnknownPath
	causeLogs
	causeMetrics
	numCauses
)

var causeLabels = [numCauses]string{
	causeNotReady:        "not_ready",
	causeBusy:            "busy",
	causeLogUnavailable:  "log_unavailable",
	causeTooLarge:        "too_large",
	causeMalformed:       "malformed",
	causeTooSlow:         "too_slow",
	causeGone:            "gone",
	causeContentType:     "content_type",
	causeContentEncoding: "content_encoding",
	causeMethod:          "method",
	causeUnknownPath:     "unknown_path",
	causeLogs:            "logs_not_taken",
	causeMetrics:         "metrics_not_taken",
}

func (c cause) String() string { return causeLabels[c] }

// refusal is why a request was not taken. OTLP lets a sender repeat a request
// only when it is told so: with a retry hint, or with a code that implies it.
type refusal struct {
	cause  cause
	words  string // for the sender
	status int    // HTTP
	code   codes.Code
	retry  time.Duration // when to come back; 0: not at all
}

// How soon a sender should come back.
const (
	retryBusy        = time.Second
	retryUnavailable = 5 * time.Second
)

const tracesOnly = "/v1/traces takes traces; metrics and logs aren't taken yet"

func notReady(cause error) *refusal {
	if errors.Is(cause, ErrBusy) {
		return busy(cause.Error())
	}
	return &refusal{causeNotReady, fmt.Sprintf("not ready: %v", cause), http.StatusServiceUnavailable, codes.Unavailable, retryUnavailable}
}

func busy(words string) *refusal {
	return &refusal{causeBusy, words, http.StatusTooManyRequests, codes.ResourceExhausted, retryBusy}
}

func budgetSpent(limit int64) *refusal {
	return busy(fmt.Sprintf("%d bytes of requests are being taken already; the limit is otlp.max_in_flight_bytes", limit))
}

func unavailable(cause error) *refusal {
	return &refusal{causeLogUnavailable, fmt.Sprintf("the log cannot store the spans: %v", cause),
		http.StatusServiceUnavailable, codes.Unavailable, retryUnavailable}
}

func tooLarge(limit int) *refusal {
	return &refusal{causeTooLarge, fmt.Sprintf("the request is larger than %d bytes after decompression; "+
		"send smaller batches or raise otlp.max_request_bytes", limit),
		http.StatusRequestEntityTooLarge, codes.ResourceExhausted, 0}
}

func tooLargeForLog(cause error) *refusal {
	return &refusal{causeTooLarge, fmt.Sprintf("the request with what was decoded from it does not fit into a log message (%v); send smaller batches", cause),
		http.StatusRequestEntityTooLarge, codes.ResourceExhausted, 0}
}

func tooManyObjects() *refusal {
	return &refusal{causeTooLarge, "the request has too many JSON objects to be translated; send smaller batches, or protobuf",
		http.StatusRequestEntityTooLarge, codes.ResourceExhausted, 0}
}

func invalid(cause error) *refusal {
	return &refusal{causeMalformed, cause.Error(), http.StatusBadRequest, codes.InvalidArgument, 0}
}

func tooSlow() *refusal {
	return &refusal{causeTooSlow, "the body of the request did not arrive in time", http.StatusRequestTimeout, codes.DeadlineExceeded, 0}
}

func unsupportedType(kind string) *refusal {
	return &refusal{causeContentType, fmt.Sprintf("content type %q is not taken; use %s or %s", kind, typeProtobuf, typeJSON),
		http.StatusUnsupportedMediaType, codes.InvalidArgument, 0}
}

func unsupportedEncoding(encoding string) *refusal {
	return &refusal{causeContentEncoding, fmt.Sprintf("content encoding %q is not taken; use gzip, zstd or none", encoding),
		http.StatusUnsupportedMediaType, codes.InvalidArgument, 0}
}

func wrongMethod(method string) *refusal {
	return &refusal{causeMethod, method + " is not taken here; send traces with POST", http.StatusMethodNotAllowed, codes.Unimplemented, 0}
}

func unknownPlace(place string) *refusal {
	return &refusal{causeUnknownPath, fmt.Sprintf("there is nothing at %s; %s", place, tracesOnly), http.StatusNotFound, codes.Unimplemented, 0}
}

func otherSignal(signal cause) *refusal {
	return &refusal{signal, tracesOnly, http.StatusNotFound, codes.Unimplemented, 0}
}

// rpc is the refusal as a status of gRPC, which is also the body of an HTTP answer.
func (r *refusal) rpc() *status.Status {
	s := status.New(r.code, r.words)
	if r.retry == 0 {
		return s
	}
	if hinted, err := s.WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(r.retry)}); err == nil {
		return hinted
	}
	return s
}
