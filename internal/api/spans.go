// SPDX-License-Identifier: Apache-2.0

package api

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/hopstamp/hopstamp/internal/span"
)

// FullSpan is a span with all that its sender said.
type FullSpan struct {
	Trace         span.TraceID
	Span, Parent  span.ID
	Service, Name string
	Kind          span.Kind
	Start, End    int64
	Error         bool
	Reason        string // why it is kept; "": it is still in the log, and only there
	Threshold     uint64 // at which it was kept, of 2^56
	OTLP          []byte // the request of that one span, in OTLP's JSON
}

// Span is a span as it was sent.
type Span struct {
	TraceID    string          `json:"trace_id"`
	SpanID     string          `json:"span_id"`
	ParentID   string          `json:"parent_span_id"`
	Service    string          `json:"service"`
	Name       string          `json:"name"`
	Kind       string          `json:"kind"`
	Start      time.Time       `json:"start"`
	DurationUS int64           `json:"duration_us"`
	Error      bool            `json:"error"`
	Kept       string          `json:"kept" doc:"Why it is kept; empty when only the log still has it"`
	Weight     float64         `json:"weight" doc:"How many spans like it this one stands for: 1 unless it was sampled"`
	OTLP       json.RawMessage `json:"otlp" doc:"The span with its resource and scope, as OTLP/JSON"`
}

type spansInput struct {
	Key string `path:"key" doc:"A message key, message id, conversation id or trace id" minLength:"1" maxLength:"4096"`
}

func (h handlers) spans(ctx context.Context, in *spansInput) (*body[list[Span]], error) {
	spans, known, err := h.backend.Spans(ctx, in.Key)
	if err != nil {
		return nil, huma.Error500InternalServerError("the spans could not be read", err)
	}
	if !known {
		return nil, huma.Error404NotFound("nothing is known by the id " + in.Key)
	}
	slices.SortStableFunc(spans, func(x, y FullSpan) int { return cmp.Compare(x.Start, y.Start) })
	items := make([]Span, 0, len(spans))
	for i := range spans {
		items = append(items, wireSpan(&spans[i]))
	}
	return &body[list[Span]]{list[Span]{Items: items}}, nil
}

func wireSpan(s *FullSpan) Span {
	const all = 1 << 56
	return Span{TraceID: hex.EncodeToString(s.Trace[:]), SpanID: spanID(s.Span), ParentID: spanID(s.Parent), Service: s.Service,
		Name: s.Name, Kind: s.Kind.String(), Start: moments(s.Start), DurationUS: max(0, s.End-s.Start) / 1000, Error: s.Error,
		Kept: s.Reason, Weight: all / float64(all-min(s.Threshold, all-1)), OTLP: s.OTLP}
}
