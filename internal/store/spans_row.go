// SPDX-License-Identifier: Apache-2.0

package store

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"unsafe"

	"github.com/hopstamp/hopstamp/internal/span"
)

// KeptSpan is a span that is kept, and why.
type KeptSpan struct {
	Trace         span.TraceID
	Span, Parent  span.ID
	Key           string // of the message that it is kept for
	Service, Name string
	Kind          span.Kind
	Start, End    int64  // nanoseconds since 1970, the sender's clock
	Error         bool   // its status is ERROR
	Policy        string // that decided, and its reason in words
	Reason        string
	Threshold     uint64 // rejection threshold of all sampling, of 2^56: the span stands for 2^56/(2^56-Threshold)
	Raw           []byte // the span itself, an OTLP request with that one span
}

// settle puts the span in the form in which a part gives it back, and tells the memory
// that it takes.
func (k *KeptSpan) settle() (memory int64) {
	memory = int64(unsafe.Sizeof(*k)) + int64(len(k.Raw))
	for _, text := range [...]*string{&k.Key, &k.Service, &k.Name, &k.Policy, &k.Reason} {
		*text = validText(*text)
		memory += int64(len(*text))
	}
	return memory
}

// spanRow is the schema of a part of kept spans. Other programs may read it; what
// was kept stands for everything when each row counts as often as its threshold says:
//
//	SELECT service, name, sum(1 / (1 - threshold / pow(2, 56))) AS spans, quantile_cont(duration_ns, 0.99) / 1e6 AS ms
//	FROM read_parquet('spans/*/*.parquet', hive_partitioning = true) GROUP BY ALL
//
// Rows are sorted by trace, so that the spans of a trace, which resemble each
// other, lie side by side. A span that was copied twice has one row in a part, and
// may have one in another part too: the one with the lowest threshold counts.
//
// Times are UTC, see verdictRow. The column otlp is an ExportTraceServiceRequest
// in protobuf, as any OTLP receiver takes it.
type spanRow struct {
	Trace     string `parquet:"trace_id,delta"` // ids are in hex
	Span      string `parquet:"span_id,delta"`
	Parent    string `parquet:"parent_span_id,optional,delta"` // null: none
	Started   int64  `parquet:"started,timestamp(nanosecond:local),delta"`
	Duration  int64  `parquet:"duration_ns,delta"`
	Key       string `parquet:"key,delta"`
	Service   string `parquet:"service,dict"`
	Name      string `parquet:"name,dict"`
	Kind      string `parquet:"kind,dict"`
	Error     bool   `parquet:"error"`
	Policy    string `parquet:"policy,dict"`
	Reason    string `parquet:"reason,dict"`
	Threshold int64  `parquet:"threshold,dict"`
	Raw       []byte `parquet:"otlp"`
}

func (r *spanRow) kept(kinds map[string]span.Kind) (k KeptSpan, err error) {
	k = KeptSpan{Key: r.Key, Service: r.Service, Name: r.Name, Kind: kinds[r.Kind], Start: r.Started, End: r.Started + r.Duration,
		Error: r.Error, Policy: r.Policy, Reason: r.Reason, Threshold: uint64(r.Threshold), Raw: r.Raw}
	for _, id := range [...]struct {
		text string
		into []byte
	}{{r.Trace, k.Trace[:]}, {r.Span, k.Span[:]}, {r.Parent, k.Parent[:]}} {
		if id.text == "" {
			continue
		}
		if len(id.text) != 2*len(id.into) {
			return k, fmt.Errorf("read kept span: id %q has not %d digits", id.text, 2*len(id.into))
		}
		if _, err := hex.Decode(id.into, []byte(id.text)); err != nil {
			return k, fmt.Errorf("read kept span: id %q: %w", id.text, err)
		}
	}
	return k, nil
}

// keptSpans puts rows in the form in which they came.
func keptSpans(rows []spanRow) ([]KeptSpan, error) {
	kinds := map[string]span.Kind{}
	for kind := span.Internal; kind.String() != ""; kind++ {
		kinds[kind.String()] = kind
	}
	spans := make([]KeptSpan, len(rows))
	for i := range rows {
		var err error
		if spans[i], err = rows[i].kept(kinds); err != nil {
			return nil, err
		}
	}
	return spans, nil
}

// distinct gives spans by trace, start and id, and of those that are equal in these
// the first with the lowest threshold.
func distinct(spans []KeptSpan) []KeptSpan {
	places := distinctPlaces(spans)
	sorted := make([]KeptSpan, len(places))
	for i, at := range places {
		sorted[i] = spans[at]
	}
	return sorted
}

// distinctPlaces tells where they are.
func distinctPlaces(spans []KeptSpan) []int32 {
	// Spans are large and far apart: what mostly orders them is brought together before it is sorted.
	type place struct {
		high, low uint64 // of the trace
		start     int64
		at        int32
	}
	order := make([]place, len(spans))
	for i := range order {
		trace := &spans[i].Trace
		order[i] = place{binary.BigEndian.Uint64(trace[:8]), binary.BigEndian.Uint64(trace[8:]), spans[i].Start, int32(i)}
	}
	slices.SortFunc(order, func(x, y place) int {
		switch {
		case x.high != y.high:
			return cmp.Compare(x.high, y.high)
		case x.low != y.low:
			return cmp.Compare(x.low, y.low)
		case x.start != y.start:
			return cmp.Compare(x.start, y.start)
		}
		a, b := &spans[x.at], &spans[y.at]
		return cmp.Or(bytes.Compare(a.Span[:], b.Span[:]), cmp.Compare(a.Threshold, b.Threshold), cmp.Compare(x.at, y.at))
	})
	places := make([]int32, 0, len(spans))
	for i, this := range order {
		if i > 0 {
			last := order[i-1]
			if this.high == last.high && this.low == last.low && this.start == last.start && spans[this.at].Span == spans[last.at].Span {
				continue
			}
		}
		places = append(places, this.at)
	}
	return places
}
