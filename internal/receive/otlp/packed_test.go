// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/VictoriaMetrics/easyproto"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/hopstamp/hopstamp/internal/receive/otlptest"
	"github.com/hopstamp/hopstamp/internal/span"
)

func asSent(span.TraceID) (Keep, bool) { return Keep{AsSent: true}, true }

// unpacked cuts all spans out of what a request becomes in the log, as they were sent.
func unpacked(t *testing.T, request []byte) []byte {
	t.Helper()
	back, err := NewCutter().Cut(nil, logMessage(t, request), asSent, nil)
	if err != nil {
		t.Fatal(err)
	}
	return back
}

func TestPackedSpansComeBackByteByByte(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(7, 1))
	for range 100 {
		request := otlptest.Encode(t, randomTraces(random))
		if random.IntN(2) == 0 {
			request = otlptest.AsSDK(t, request)
		}
		if got, want := bareSpans(t, unpacked(t, request)), bareSpans(t, request); !slices.Equal(got, want) {
			t.Fatalf("got  %x\nwant %x", got, want)
		}
		checkSome(t, logMessage(t, request))
	}
}

// What no encoder writes comes back too.
func TestPackedSpansOfOddShapes(t *testing.T) {
	t.Parallel()
	id := func(n byte, size int) []byte { return bytes.Repeat([]byte{n}, size) }
	usual := func(m *easyproto.MessageMarshaler) {
		m.AppendBytes(1, id(1, 16))
		m.AppendBytes(2, id(2, 8))
		m.AppendFixed64(7, 1000)
		m.AppendFixed64(8, 2000)
	}
	for why, shape := range map[string]func(*easyproto.MessageMarshaler){
		"usual":          usual,
		"an empty id":    func(m *easyproto.MessageMarshaler) { usual(m); m.AppendBytes(4, nil) },
		"emptied parent": func(m *easyproto.MessageMarshaler) { usual(m); m.AppendBytes(4, id(3, 8)); m.AppendBytes(4, nil) },
		"filled parent":  func(m *easyproto.MessageMarshaler) { usual(m); m.AppendBytes(4, nil); m.AppendBytes(4, id(3, 8)) },
		"two traces":     func(m *easyproto.MessageMarshaler) { m.AppendBytes(1, id(9, 16)); usual(m) },
		"two starts":     func(m *easyproto.MessageMarshaler) { m.AppendFixed64(7, 1<<63); usual(m) },
		"no end": func(m *easyproto.MessageMarshaler) {
			m.AppendBytes(1, id(1, 16))
			m.AppendBytes(2, id(2, 8))
			m.AppendFixed64(7, 5)
		},
		"fields between": func(m *easyproto.MessageMarshaler) {
			m.AppendString(5, strings.Repeat("n", 200))
			usual(m)
			m.AppendUint64(99, 7)
		},
	} {
		request := request(usual, shape, usual)
		if got, want := bareSpans(t, unpacked(t, request)), bareSpans(t, request); !slices.Equal(got, want) || len(got) != 3 {
			t.Errorf("%s: got  %x\nwant %x", why, got, want)
		}
	}
	body := fields(t, fields(t, fields(t, request(usual), 1)[0], 2)[0], 2)[0]
	body = append([]byte{0x8a, 0}, body[1:]...) // the tag of the trace id in two bytes
	scope := append(appendHead(nil, spansTag, len(body)), body...)
	scope = append(appendHead(nil, scopeSpansTag, len(scope)), scope...)
	longTag := append(appendHead(nil, resourceSpansTag, len(scope)), scope...)
	if got, want := bareSpans(t, unpacked(t, longTag)), bareSpans(t, longTag); !slices.Equal(got, want) || len(got) != 1 {
		t.Errorf("a long tag: got  %x\nwant %x", got, want)
	}
}

// Spans that are not wanted are passed over, whatever their shape, and what is wanted
// behind them is found.
func TestOneSpanIsCutOutOfManyShapes(t *testing.T) {
	t.Parallel()
	id := func(n byte, size int) []byte { return bytes.Repeat([]byte{n}, size) }
	rest := func(m *easyproto.MessageMarshaler, n byte) {
		m.AppendBytes(2, id(n, 8))
		m.AppendFixed64(7, 1000)
		m.AppendFixed64(8, 2000)
	}
	shapes := []func(*easyproto.MessageMarshaler, byte){
		func(m *easyproto.MessageMarshaler, n byte) { m.AppendBytes(1, id(n, 16)); rest(m, n) },
		func(m *easyproto.MessageMarshaler, n byte) { rest(m, n); m.AppendBytes(1, id(n, 16)) },
		func(m *easyproto.MessageMarshaler, n byte) {
			m.AppendUint64(99, 7)
			rest(m, n)
			m.AppendBytes(1, id(n, 16))
			m.AppendString(100, "unknown")
		},
		func(m *easyproto.MessageMarshaler, n byte) {
			m.AppendBytes(4, nil)
			rest(m, n)
			m.AppendBytes(1, id(n, 16))
		},
		func(m *easyproto.MessageMarshaler, n byte) {
			m.AppendBytes(1, id(n, 16))
			rest(m, n)
			m.AppendMessage(11).AppendFixed64(1, 5) // an event
		},
		func(m *easyproto.MessageMarshaler, n byte) {
			m.AppendString(5, strings.Repeat("n", 100<<(n%9))) // lengths of one to three bytes
			m.AppendBytes(1, id(n, 16))
			rest(m, n)
		},
	}
	for first := range shapes { // each begins a scope once
		var spans []func(*easyproto.MessageMarshaler)
		for n := byte(1); n <= 60; n++ {
			spans = append(spans, func(m *easyproto.MessageMarshaler) { shapes[(int(n)+first)%len(shapes)](m, n) })
		}
		both := slices.Concat(request(spans[:30]...), padded(t, request(spans[30:]...)))
		want := bareSpans(t, both)
		for form, message := range map[string][]byte{"packed": logMessage(t, both), "plain": olderMessage(t, both)} {
			for n := range want {
				got, err := NewCutter().Cut(nil, message, func(trace span.TraceID) (Keep, bool) { return Keep{AsSent: true}, trace[0] == byte(n+1) }, nil)
				if bare := bareSpans(t, got); err != nil || !slices.Equal(bare, want[n:n+1]) {
					t.Fatalf("%s, span %d of %d, error %v:\ngot  %x\nwant %x", form, n, first, err, bare, want[n])
				}
			}
		}
	}
}

// padded writes the lengths of a request of one scope as Split does, and those of its spans too.
func padded(t *testing.T, request []byte) (dst []byte) {
	dst, resource := openMessage(nil, resourceSpansTag)
	dst, scope := openMessage(dst, scopeSpansTag)
	for _, body := range fields(t, fields(t, fields(t, request, 1)[0], 2)[0], 2) {
		var at int
		dst, at = openMessage(dst, spansTag)
		dst = append(dst, body...)
		closeMessage(dst, at)
	}
	closeMessage(dst, scope)
	closeMessage(dst, resource)
	return dst
}

// checkSome expects that of a log message some spans come out as they do when all come out.
func checkSome(t *testing.T, message []byte) {
	t.Helper()
	cutter := NewCutter()
	var want, got []string
	_, err := cutter.Cut(nil, message, asSent, func(k *Kept) error {
		if _, keep := evenTraces(k.Trace); keep {
			want = append(want, string(k.AppendRequest(nil)))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = cutter.Cut(nil, message, func(trace span.TraceID) (Keep, bool) {
		_, keep := evenTraces(trace)
		return Keep{AsSent: true}, keep
	}, func(k *Kept) error { got = append(got, string(k.AppendRequest(nil))); return nil })
	if err != nil || !slices.Equal(got, want) {
		t.Fatalf("error %v, got  %x\nwant %x", err, got, want)
	}
}

// The stamps say whether there is anything to unpack.
func TestWhatIsNotKeptIsNotUnpacked(t *testing.T) {
	t.Parallel()
	message := logMessage(t, otlptest.Encode(t, otlptest.Platform(3)))
	message[len(message)-1] ^= 0xff
	if out, err := NewCutter().Cut(nil, message, noTrace, nil); err != nil || len(out) != 0 {
		t.Errorf("%d bytes, error %v", len(out), err)
	}
}

func TestPackedChunksThatAreNone(t *testing.T) {
	t.Parallel()
	one := otlptest.Encode(t, otlptest.OneSpan(ptrace.SpanKindServer, "x", nil))
	whole := logMessage(t, one)
	stampsEnd := bytes.LastIndex(whole, binary.AppendUvarint(nil, packedTag))
	stamps, field := whole[:stampsEnd], whole[stampsEnd:]
	const head = 2 + 5 + 1              // tag, length, version
	claim := func(size uint64) []byte { // a block that says it holds so much
		return binary.AppendUvarint(binary.AppendUvarint(nil, size), 3)
	}
	packed := func(version byte, block []byte) []byte {
		body := append([]byte{version}, block...)
		return append(binary.AppendUvarint(binary.AppendUvarint(nil, packedTag), uint64(len(body))), body...)
	}
	for why, message := range map[string][]byte{
		"no stamps":          field,
		"stamps of two":      append(twoStamps(t), field...),
		"none for an event":  append(span.AppendStamps(nil, &span.Batch{Symbols: []string{""}, Records: []span.Record{{Trace: span.TraceID{1}, Event: 1}}}), field...),
		"another version":    append(bytes.Clone(stamps), packed(9, field[head:])...),
		"empty":              append(bytes.Clone(stamps), packed(packedV1, nil)...),
		"a huge claim":       append(bytes.Clone(stamps), packed(packedV1, claim(MaxPacked+1))...),
		"an impossible size": append(bytes.Clone(stamps), packed(packedV1, claim(1<<40))...),
		"a false claim":      append(bytes.Clone(stamps), packed(packedV1, claim(1000))...),
		"no request in it":   AppendPacked(bytes.Clone(stamps), []byte{0x10, 1}),
		"a broken request":   AppendPacked(bytes.Clone(stamps), one[:len(one)-3]),
	} {
		if out, err := NewCutter().Cut([]byte("x"), message, everyTrace, nil); !errors.Is(err, ErrMalformed) || string(out) != "x" {
			t.Errorf("%s: error %v, want ErrMalformed", why, err)
		}
	}
	for n := range one {
		if _, err := NewCutter().Cut(nil, AppendPacked(bytes.Clone(stamps), one[:n]), everyTrace, nil); !errors.Is(err, ErrMalformed) {
			t.Fatalf("%d of %d bytes of the request: error %v, want ErrMalformed", n, len(one), err)
		}
	}
	for n := 1; n < len(whole); n++ {
		if n == stampsEnd {
			continue // stamps alone are a whole message: the log's time, or a relay
		}
		if _, err := NewCutter().Cut(nil, whole[:n], everyTrace, nil); !errors.Is(err, ErrMalformed) {
			t.Fatalf("%d of %d bytes: error %v, want ErrMalformed", n, len(whole), err)
		}
	}
}

func twoStamps(t *testing.T) []byte {
	t.Helper()
	r := span.Record{Trace: span.TraceID{1}, Span: span.ID{2}, Start: 1}
	return span.AppendStamps(nil, &span.Batch{Symbols: []string{""}, Records: []span.Record{r, r}})
}

// Whatever is taken comes out of the log as it was sent.
func FuzzPacked(f *testing.F) {
	f.Add(otlptest.Encode(f, otlptest.Platform(1)))
	f.Add(otlptest.AsSDK(f, otlptest.Encode(f, otlptest.Platform(1))))
	f.Add(otlptest.Encode(f, otlptest.OneSpan(ptrace.SpanKindServer, "x", func(s ptrace.Span) {
		s.Events().AppendEmpty().Attributes().PutStr("hopstamp.stage", "rendered")
	})))
	table := newTable(f, nil)
	f.Fuzz(func(t *testing.T, data []byte) {
		decoder, batch := NewDecoder(table), new(span.Batch)
		stripped := bytes.Clone(data)
		if decoder.DecodeAndStrip(stripped, batch) != nil || !decoder.Whole() {
			return
		}
		message := span.AppendStamps(nil, batch)
		decoder.StripTexts()
		message = AppendPacked(message, stripped)
		back, err := NewCutter().Cut(nil, message, asSent, nil)
		if err != nil {
			t.Fatal(err)
		}
		checkSome(t, message)
		if got, want := bareSpans(t, back), bareSpans(t, data); !slices.Equal(got, want) {
			t.Fatalf("got  %x\nwant %x", got, want)
		}
	})
}

func BenchmarkPack(b *testing.B) {
	request := otlptest.AsSDK(b, otlptest.Encode(b, otlptest.Platform(72)))
	decoder, batch := NewDecoder(newTable(b, otlptest.Dimensions())), new(span.Batch)
	if err := decoder.DecodeAndStrip(request, batch); err != nil {
		b.Fatal(err)
	}
	var chunk []byte
	b.ReportAllocs()
	for b.Loop() {
		chunk = AppendPacked(chunk[:0], request)
	}
	perSpan(b, 504)
	b.ReportMetric(float64(len(chunk))/504, "B/span")
}
