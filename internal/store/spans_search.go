// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"github.com/parquet-go/parquet-go"

	"github.com/hopstamp/hopstamp/internal/span"
)

// SpansOf reads the kept spans of some traces, by trace and start. A part whose
// bloom filter knows none of the traces is not read.
func (s *Spans) SpansOf(ctx context.Context, traces []span.TraceID) ([]KeptSpan, error) {
	wanted := make(map[span.TraceID]bool, len(traces))
	for _, trace := range traces {
		wanted[trace] = true
	}
	tail, parts := s.hold()
	found, err := s.findIn(ctx, parts, wanted)
	for i := range tail {
		if wanted[tail[i].Trace] {
			found = append(found, tail[i])
		}
	}
	if gone := s.letGo(parts); err == nil {
		err = gone
	}
	if err != nil {
		return nil, fmt.Errorf("look for kept spans: %w", err)
	}
	return distinct(found), nil
}

// hold keeps the files of the present parts in place until letGo.
func (s *Spans) hold() (tail []KeptSpan, parts []*Part) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, part := range s.parts {
		part.views++
	}
	return s.tail, s.parts
}

func (s *Spans) letGo(parts []*Part) error {
	s.mu.Lock()
	var gone []*Part
	for _, part := range parts {
		part.views--
		if part.retired && part.views == 0 {
			gone = append(gone, part)
		}
	}
	s.mu.Unlock()
	return removeParts(gone)
}

func (s *Spans) findIn(ctx context.Context, parts []*Part, wanted map[span.TraceID]bool) (found []KeptSpan, err error) {
	for _, part := range parts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		texts, err := part.mayHold(wanted)
		if err == nil && len(texts) > 0 {
			var spans []KeptSpan
			spans, err = part.spansOf(ctx, texts)
			found = append(found, spans...)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			if err := s.setAside(part, err); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

// mayHold gives those of the traces, in hex, that the part's bloom filter allows for.
func (part *Part) mayHold(traces map[span.TraceID]bool) (map[string]bool, error) {
	var texts map[string]bool
	bloom := part.blooms[0]
	for trace := range traces {
		text := hex.EncodeToString(trace[:])
		if bloom != nil {
			may, err := bloom.Check(parquet.ValueOf(text))
			if err != nil {
				return nil, fmt.Errorf("look into bloom filter of %s: %w", part.path, err)
			}
			if !may {
				continue
			}
		}
		if texts == nil {
			texts = map[string]bool{}
		}
		texts[text] = true
	}
	return texts, nil
}

// spansOf reads the column of trace ids in full, and then the spans themselves.
func (part *Part) spansOf(ctx context.Context, traces map[string]bool) ([]KeptSpan, error) {
	found := map[int64]bool{}
	err := withFile(part.path, func(file *parquet.File) error {
		column := spanParts.idColumns()[0]
		leaf, ok := file.Schema().Lookup(column...)
		if !ok {
			return fmt.Errorf("no column %v", column)
		}
		chunk := file.RowGroups()[0].ColumnChunks()[leaf.ColumnIndex]
		return scan(ctx, chunk, func(value []byte) bool { return traces[string(value)] }, found)
	})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	rows, err := rowsAt[spanRow](part.path, slices.Sorted(maps.Keys(found)))
	if err != nil {
		return nil, err
	}
	return keptSpans(rows)
}
