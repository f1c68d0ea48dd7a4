// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/VictoriaMetrics/easyproto"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/hopstamp/hopstamp/internal/receive/otlptest"
	"github.com/hopstamp/hopstamp/internal/span"
)

// evenTraces keeps about half of the traces, each with a threshold of its own.
func evenTraces(trace span.TraceID) (Keep, bool) {
	return Keep{Threshold: uint64(trace[1]) << 47, Random: uint64(trace[1])<<47 + 12345}, trace[0]%2 == 0
}

func everyTrace(span.TraceID) (Keep, bool) { return Keep{}, true }
func noTrace(span.TraceID) (Keep, bool)    { return Keep{}, false }

// logMessage is what the log holds: chunks of several requests, with the stamps.
func logMessage(t testing.TB, requests ...[]byte) (message []byte) {
	t.Helper()
	decoder, batch := NewDecoder(newTable(t, otlptest.Dimensions())), new(span.Batch)
	for _, request := range requests {
		stripped := bytes.Clone(request)
		if err := decoder.DecodeAndStrip(stripped, batch); err != nil {
			t.Fatal(err)
		}
		message = span.AppendStamps(message, batch)
		decoder.StripTexts()
		message = AppendPacked(message, stripped)
	}
	return message
}

// olderMessage is what the log held before requests were packed.
func olderMessage(t testing.TB, requests ...[]byte) (message []byte) {
	t.Helper()
	decoder, batch := NewDecoder(newTable(t, otlptest.Dimensions())), new(span.Batch)
	for _, request := range requests {
		if err := decoder.Decode(request, batch); err != nil {
			t.Fatal(err)
		}
		message = span.AppendStamps(append(message, request...), batch)
	}
	return message
}

// What is cut out is what the official decoder sees of the kept traces, with a new
// trace state; byte by byte, nothing else of a span changes.
func TestCutsWhatTheOfficialDecoderSees(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(5, 9))
	cutter := NewCutter()
	for range 200 {
		first, second := otlptest.Encode(t, randomTraces(random)), otlptest.AsSDK(t, otlptest.Encode(t, randomTraces(random)))
		message := append(logMessage(t, first), olderMessage(t, second)...)
		if random.IntN(2) == 0 {
			message = append(olderMessage(t, first), logMessage(t, second)...)
		}
		var alone, bare []string
		grouped, err := cutter.Cut([]byte("before"), message, evenTraces, func(k *Kept) error {
			alone = append(alone, officialSpans(t, k.AppendRequest(nil), nil)...)
			bare = append(bare, bareSpans(t, k.AppendRequest(nil))...)
			checkFacts(t, k)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		grouped, found := bytes.CutPrefix(grouped, []byte("before"))
		if !found {
			t.Fatal("what was there is gone")
		}
		want := slices.Concat(officialSpans(t, first, evenTraces), officialSpans(t, second, evenTraces))
		if !slices.Equal(alone, want) || !slices.Equal(officialSpans(t, grouped, nil), want) {
			t.Fatalf("got   %q\nalone %q\nwant  %q", officialSpans(t, grouped, nil), alone, want)
		}
		wantBare := slices.DeleteFunc(slices.Concat(bareSpans(t, first), bareSpans(t, second)), func(s string) bool { return !slices.Contains(bare, s) })
		if !slices.Equal(bareSpans(t, grouped), bare) || !slices.Equal(bare, wantBare) {
			t.Fatal("bytes of a span have changed")
		}
	}
}

// officialSpans writes out each span with its resource and scope; with a keep,
// only those that it keeps, marked as they should be.
func officialSpans(t *testing.T, request []byte, keep func(span.TraceID) (Keep, bool)) (all []string) {
	t.Helper()
	export := ptraceotlp.NewExportRequest()
	if err := export.UnmarshalProto(bytes.Clone(request)); err != nil {
		t.Fatal(err)
	}
	for _, resource := range export.Traces().ResourceSpans().All() {
		for _, scope := range resource.ScopeSpans().All() {
			for _, s := range scope.Spans().All() {
				if keep != nil {
					kept, ok := keep(span.TraceID(s.TraceID()))
					if !ok {
						continue
					}
					upstream, _ := readThreshold(s.TraceState().AsRaw())
					s.TraceState().FromRaw(string(kept.after(upstream).appendState(nil, s.TraceState().AsRaw())))
				}
				one := ptrace.NewTraces()
				to := one.ResourceSpans().AppendEmpty()
				resource.Resource().CopyTo(to.Resource())
				to.SetSchemaUrl(resource.SchemaUrl())
				under := to.ScopeSpans().AppendEmpty()
				scope.Scope().CopyTo(under.Scope())
				under.SetSchemaUrl(scope.SchemaUrl())
				s.CopyTo(under.Spans().AppendEmpty())
				all = append(all, string(otlptest.Encode(t, one)))
			}
		}
	}
	return all
}

// bareSpans are the bytes of each span without its trace state.
func bareSpans(t *testing.T, request []byte) (all []string) {
	t.Helper()
	for _, resource := range fields(t, request, 1) {
		for _, scope := range fields(t, resource, 2) {
			for _, s := range fields(t, scope, 2) {
				var bare []byte
				var fc easyproto.FieldContext
				for len(s) > 0 {
					rest, err := fc.NextField(s)
					if err != nil {
						t.Fatal(err)
					}
					if fc.FieldNum != 3 {
						bare = append(bare, s[:len(s)-len(rest)]...)
					}
					s = rest
				}
				all = append(all, string(bare))
			}
		}
	}
	return all
}

// checkFacts: what is said of a span is what decoding it gives.
func checkFacts(t *testing.T, k *Kept) {
	t.Helper()
	decoder, batch := NewDecoder(newTable(t, nil)), new(span.Batch)
	if err := decoder.Decode(k.AppendRequest(nil), batch); err != nil || len(batch.Records) == 0 {
		t.Fatal(err, decoder.Report())
	}
	r := &batch.Records[0]
	got := fmt.Sprint(k.Trace, k.Span, k.Parent, k.Service, k.Name, k.Kind, k.Start, k.End, k.Threshold)
	want := fmt.Sprint(r.Trace, r.Span, r.Parent, batch.Text(r.Service), batch.Text(r.Name), r.Kind, r.Start, r.End, r.Threshold)
	if got != want || k.Error && !r.Error {
		t.Fatalf("got  %s\nwant %s", got, want)
	}
}

// What is only looked at is what was sent, its trace state included.
func TestCutAsSent(t *testing.T) {
	t.Parallel()
	const state = "rojo=1,ot=th:8"
	message := logMessage(t, otlptest.Encode(t, otlptest.OneSpan(ptrace.SpanKindServer, "accept", func(s ptrace.Span) { s.TraceState().FromRaw(state) })))
	cut := 0
	_, err := NewCutter().Cut(nil, message, func(span.TraceID) (Keep, bool) { return Keep{AsSent: true}, true }, func(k *Kept) error {
		cut++
		request := ptraceotlp.NewExportRequest()
		if err := request.UnmarshalProto(k.AppendRequest(nil)); err != nil {
			return err
		}
		if s := request.Traces().ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0); s.TraceState().AsRaw() != state || k.Threshold != 1<<55 {
			t.Errorf("trace state %q, threshold %x", s.TraceState().AsRaw(), k.Threshold)
		}
		return nil
	})
	if err != nil || cut != 1 {
		t.Errorf("%d spans, %v", cut, err)
	}
}

func TestFactsOfAKeptSpan(t *testing.T) {
	t.Parallel()
	traces := otlptest.OneSpan(ptrace.SpanKindConsumer, "process\xff"+strings.Repeat("x", maxText), func(s ptrace.Span) {
		s.SetParentSpanID(pcommon.SpanID{3})
		s.Status().SetCode(ptrace.StatusCodeError)
		s.TraceState().FromRaw("ot=th:8")
	})
	traces.ResourceSpans().At(0).Resource().Attributes().PutStr("service.name", "")
	called := 0
	_, err := NewCutter().Cut(nil, logMessage(t, otlptest.Encode(t, traces)), everyTrace, func(k *Kept) error {
		called++
		if (k.Trace != span.TraceID{1}) || (k.Span != span.ID{2}) || (k.Parent != span.ID{3}) || k.Service != "unknown_service" ||
			!strings.HasPrefix(k.Name, "process\uFFFDx") || len(k.Name) > maxText+2 || k.Kind != span.Consumer || !k.Error ||
			k.Start != otlptest.BaseTime || k.End != otlptest.BaseTime+1000 || k.Upstream != 1<<55 || k.Threshold != 1<<55 {
			t.Errorf("facts %+v", k)
		}
		return nil
	})
	if err != nil || called != 1 {
		t.Errorf("error %v, called %d times", err, called)
	}
}

// Fields that today's protocol does not know, of spans and around them, are kept.
func TestCutKeepsUnknownFields(t *testing.T) {
	t.Parallel()
	m := new(easyproto.Marshaler)
	resourceSpans := m.MessageMarshaler().AppendMessage(1)
	resourceSpans.AppendString(900, "of the resource spans")
	scope := resourceSpans.AppendMessage(2)
	scope.AppendUint64(901, 7)
	s := scope.AppendMessage(2)
	s.AppendString(3, "rojo=1")
	s.AppendFixed32(902, 8)
	s.AppendString(3, "congo=2") // the last one counts
	s.AppendBytes(1, bytes.Repeat([]byte{1}, 16))
	s.AppendString(903, strings.Repeat("of the span", 20))
	resourceSpans.AppendString(904, "behind")
	cut, err := NewCutter().Cut(nil, m.Marshal(nil), everyTrace, nil)
	if err != nil {
		t.Fatal(err)
	}
	resource := fields(t, cut, 1)[0]
	body := fields(t, fields(t, resource, 2)[0], 2)[0]
	for _, want := range []struct {
		number uint32
		in     []byte
		text   string
	}{{900, resource, "of the resource spans"}, {904, resource, "behind"}, {903, body, strings.Repeat("of the span", 20)},
		{3, body, "ot=th:0;rv:00000000000000,congo=2"}} {
		if got := fields(t, want.in, want.number); len(got) != 1 || string(got[0]) != want.text {
			t.Errorf("field %d: %q", want.number, got)
		}
	}
	if !bytes.Contains(body, []byte{0xb5, 0x38, 8, 0, 0, 0}) || !bytes.Contains(cut, []byte{0xa8, 0x38, 7}) {
		t.Error("numbers are gone")
	}
}

// The id at the end of a span tells where it is in the next one, if there is one.
func TestCutFindsEveryTrace(t *testing.T) {
	t.Parallel()
	id := func(n byte) []byte { return bytes.Repeat([]byte{n}, 16) }
	spans := []func(*easyproto.MessageMarshaler){
		func(m *easyproto.MessageMarshaler) { m.AppendString(5, "last"); m.AppendBytes(1, id(1)) },
		func(m *easyproto.MessageMarshaler) { m.AppendString(5, "last again"); m.AppendBytes(1, id(2)) },
		func(m *easyproto.MessageMarshaler) { m.AppendBytes(1, id(3)); m.AppendString(5, "first") },
		func(m *easyproto.MessageMarshaler) { m.AppendBytes(1, id(4)); m.AppendString(5, "first") },
		func(m *easyproto.MessageMarshaler) { m.AppendString(5, "none") },
		func(m *easyproto.MessageMarshaler) {
			m.AppendString(5, "twice")
			m.AppendBytes(1, id(5))
			m.AppendBytes(1, id(6))
		},
		func(m *easyproto.MessageMarshaler) { m.AppendString(5, "last"); m.AppendBytes(1, id(7)) },
		func(m *easyproto.MessageMarshaler) {
			m.AppendString(5, "x")
			m.AppendBytes(1, nil)
			m.AppendUint64(99, 1)
		},
	}
	message := request(spans...)
	for n := byte(1); n <= 7; n++ {
		found := 0
		_, err := NewCutter().Cut(nil, message, func(trace span.TraceID) (Keep, bool) { return Keep{}, trace[0] == n },
			func(k *Kept) error { found++; return nil })
		want := 1
		if n == 5 || n == 6 {
			want = 0 // against the rules; it is no worse than that
		}
		if err != nil || found != want {
			t.Errorf("trace %d: found %d times, error %v", n, found, err)
		}
	}
}

func TestCutEndsWithTheErrorOfItsCaller(t *testing.T) {
	t.Parallel()
	cutter, message, stop := NewCutter(), logMessage(t, otlptest.Encode(t, otlptest.Platform(2))), errors.New("stop")
	called := 0
	out, err := cutter.Cut([]byte("x"), message, everyTrace, func(*Kept) error { called++; return stop })
	if !errors.Is(err, stop) || called != 1 || string(out) != "x" {
		t.Errorf("error %v after %d calls, %q", err, called, out)
	}
	if out, err = cutter.Cut(nil, message, everyTrace, nil); err != nil || len(officialSpans(t, out, nil)) != 14 {
		t.Errorf("used again: error %v, %d spans", err, len(officialSpans(t, out, nil)))
	}
}

func TestCutOfWhatIsNoLogMessage(t *testing.T) {
	t.Parallel()
	whole := otlptest.Encode(t, otlptest.OneSpan(ptrace.SpanKindServer, "x", nil))
	cutter := NewCutter()
	for n := 1; n < len(whole); n++ {
		if out, err := cutter.Cut([]byte("x"), whole[:n], everyTrace, nil); !errors.Is(err, ErrMalformed) || string(out) != "x" {
			t.Fatalf("%d of %d bytes: error %v, want ErrMalformed", n, len(whole), err)
		}
	}
}

func TestCutAllocatesNothing(t *testing.T) {
	message, cutter := logMessage(t, otlptest.Encode(t, otlptest.Platform(72))), NewCutter()
	each := func(*Kept) error { return nil }
	var out []byte
	for why, keep := range map[string]func(span.TraceID) (Keep, bool){"nothing is kept": noTrace, "all is kept": everyTrace} {
		allocations := testing.AllocsPerRun(20, func() {
			var err error
			if out, err = cutter.Cut(out[:0], message, keep, each); err != nil {
				t.Fatal(err)
			}
		})
		if allocations != 0 {
			t.Errorf("%s: %v allocations", why, allocations)
		}
	}
}

// Whatever comes, cutting does not panic; and of what the decoder takes whole, all
// spans come out, with the ids that the decoder sees.
func FuzzCut(f *testing.F) {
	f.Add(otlptest.Encode(f, otlptest.Platform(1)))
	f.Add(otlptest.AsSDK(f, otlptest.Encode(f, otlptest.Platform(1))))
	f.Add(logMessage(f, otlptest.Encode(f, otlptest.Platform(1)), otlptest.AsSDK(f, otlptest.Encode(f, otlptest.Platform(1)))))
	f.Add(olderMessage(f, otlptest.Encode(f, otlptest.OneSpan(ptrace.SpanKindServer, "x", func(s ptrace.Span) {
		s.TraceState().FromRaw("rojo=1,ot=rv:6e6d1a75832a2f;th:c")
	}))))
	table := newTable(f, nil)
	f.Fuzz(func(t *testing.T, data []byte) {
		var cut []string
		out, err := NewCutter().Cut(nil, data, everyTrace, func(k *Kept) error {
			cut = append(cut, fmt.Sprint(k.Trace, k.Span, k.Parent, k.Name, k.Start, k.End))
			return nil
		})
		decoder, batch := NewDecoder(table), new(span.Batch)
		if decoder.Decode(data, batch) != nil || !decoder.Whole() {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, request := range [][]byte{data, out} {
			if err := decoder.Decode(request, batch); err != nil {
				t.Fatal(err)
			}
			var decoded []string
			for i := range batch.Records {
				if r := &batch.Records[i]; r.Event == 0 {
					decoded = append(decoded, fmt.Sprint(r.Trace, r.Span, r.Parent, batch.Text(r.Name), r.Start, r.End))
				}
			}
			if !slices.Equal(decoded, cut) {
				t.Fatalf("cut     %q\ndecoded %q", cut, decoded)
			}
		}
	})
}
