// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/hopstamp/hopstamp/internal/api"
	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/receive/otlp"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/store"
	"github.com/hopstamp/hopstamp/internal/wal"
)

// Spans are the spans of a message with all that was sent: those that are kept and,
// as long as the log holds them, the others.
func (r reader) Spans(ctx context.Context, id string) (spans []api.FullSpan, known bool, err error) {
	view, known, err := r.Message(ctx, id)
	if err != nil || !known {
		return nil, false, err
	}
	met := map[[24]byte]bool{}
	add := func(s *store.KeptSpan) error {
		name := [24]byte(append(append(make([]byte, 0, 24), s.Trace[:]...), s.Span[:]...))
		if met[name] {
			return nil
		}
		met[name] = true
		text, err := otlp.JSON(s.Raw)
		if err != nil {
			return err
		}
		spans = append(spans, api.FullSpan{Trace: s.Trace, Span: s.Span, Parent: s.Parent, Service: s.Service, Name: s.Name, Kind: s.Kind,
			Start: s.Start, End: s.End, Error: s.Error, Reason: s.Reason, Threshold: s.Threshold, OTLP: text})
		return nil
	}
	for _, f := range r.app.folds {
		kept, err := f.keeper.spans.SpansOf(ctx, view.Traces)
		if err != nil {
			return nil, false, err
		}
		for i := range kept {
			if err := add(&kept[i]); err != nil {
				return nil, false, err
			}
		}
	}
	return spans, true, r.app.fromLog(ctx, &view, add)
}

// fromLog gives the spans of a journey that the log still holds.
func (a *App) fromLog(ctx context.Context, view *journey.View, add func(*store.KeptSpan) error) error {
	wanted, positions := evidence(view.Deliveries)
	cutter, kept := otlp.NewCutter(), store.KeptSpan{}
	for _, at := range positions {
		m, err := a.log.Read(ctx, at.Partition(), wal.Position(at.Number()))
		if errors.Is(err, wal.ErrNotFound) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read log message %d: %w", at.Number(), err)
		}
		_, err = cutter.Cut(nil, m.Data, func(trace span.TraceID) (otlp.Keep, bool) {
			return otlp.Keep{AsSent: true}, wanted[trace]
		}, func(s *otlp.Kept) error {
			kept = keptSpan(s, &kept)
			return add(&kept)
		})
		if err != nil {
			return fmt.Errorf("cut log message %d: %w", at.Number(), err)
		}
	}
	return nil
}
