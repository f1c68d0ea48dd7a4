// SPDX-License-Identifier: Apache-2.0

package span

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"reflect"
	"testing"
)

func everything() *Batch {
	b := &Batch{Received: 1_700_000_000_123_456_789, Symbols: []string{"", "gateway", "POST /v1", "acme", "eu"}}
	b.Links = []Link{{Trace: TraceID{9}, Span: ID{8}},
		{Trace: TraceID{7}, Span: ID{6}, Key: "k2", MessageID: "m-2", Conversation: "c2", Recipient: "u-2", Coordinate: "3:17"}}
	b.Records = []Record{
		{Trace: TraceID{1, 2}, Span: ID{3}, Start: 100, End: 250},
		{
			Trace: TraceID{1}, Span: ID{2}, Parent: ID{3}, Event: 4, Start: 500, End: 400,
			Kind: Consumer, Stage: Processed, Outcome: OutcomeDeadLettered, Category: RateLimit, Error: true, Explicit: true,
			HTTPStatus: 429, Retry: 3, Recipients: 1000, DroppedLinks: 2, Batch: 500, Threshold: 1 << 55, Partial: true, Origin: 3<<48 | 17, Holder: 3,
			Service: 1, Name: 2, Route: 2, System: 1, Topic: 3, Group: 4, Server: 2, ErrorType: 1, Cluster: 4, Host: 1,
			Dims: [NumDims]Symbol{3, 0, 1, 4, 0, 2},
			Key:  "k", MessageID: "m-1", Conversation: "c", Recipient: "u-17", Coordinate: "3:16",
			Links: b.Links,
		},
	}
	return b
}

func TestStampsTravelUnchanged(t *testing.T) {
	want := everything()
	raw := []byte{0x0a, 3, 1, 2, 3} // a resource_spans field, which the reader skips
	chunk := AppendStamps(append([]byte(nil), raw...), want)
	chunk = AppendStamps(append(chunk, raw...), &Batch{Received: 7, Throttled: true, Symbols: []string{""}})

	var received []int64
	err := ReadStamps(chunk, nil, func(got *Batch) error {
		received = append(received, got.Received)
		forgetForms(got)
		if got.Throttled != (got.Received == 7) {
			t.Errorf("the batch of %d is throttled: %v", got.Received, got.Throttled)
		}
		if got.Received == want.Received && !reflect.DeepEqual(got, want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(received, []int64{want.Received, 7}) {
		t.Fatalf("two concatenated chunks gave batches of %v", received)
	}
}

// forgetForms leaves of a batch that was read what was written.
func forgetForms(b *Batch) {
	for i := range b.Records {
		b.Records[i].Form = 0
	}
}

// checkForms expects that records of one form are alike, and that few alike ones are not of one.
func checkForms(t *testing.T, b *Batch) {
	first := map[uint32]*Record{}
	for i := range b.Records {
		r := &b.Records[i]
		one, known := first[r.Form]
		if !known {
			first[r.Form], one = r, r
		}
		if r.Form == 0 || !r.alike(one) || r.Error != one.Error || r.Explicit != one.Explicit || r.Partial != one.Partial {
			t.Fatalf("record %d has form %d as %+v has: %+v", i, r.Form, one, r)
		}
	}
	if len(first) > len(b.Records)/2 {
		t.Errorf("%d records have %d forms", len(b.Records), len(first))
	}
}

// checkIdentities expects of a stamps field the identities of records.
func checkIdentities(t *testing.T, chunk []byte, want *Batch) {
	t.Helper()
	_, tag := binary.Uvarint(chunk)
	_, length := binary.Uvarint(chunk[tag:])
	var got Identities
	for range 2 { // it is used again
		got.Begin(chunk[tag+length:])
		for i := range want.Records {
			r := &want.Records[i]
			if !got.Next() || got.Identity != (Identity{r.Trace, r.Span, r.Parent, r.Event, r.Start, r.End, r.MessageID}) {
				t.Fatalf("record %d: got %+v, error %v, want %+v", i, got.Identity, got.Err(), r)
			}
		}
		if got.Next() || got.Err() != nil {
			t.Fatalf("error %v behind %d records", got.Err(), len(want.Records))
		}
	}
}

// A log that was written before this version is read on.
func TestOlderVersionsAreRead(t *testing.T) {
	second, err := os.ReadFile("testdata/version2.stamps")
	if err != nil {
		t.Fatal(err)
	}
	first := bytes.Clone(second) // what it could not say is absent, the rest is laid out alike
	first[7] = codecV1
	for version, chunk := range map[int][]byte{codecV1: first, codecV2: second} {
		read := 0
		err := ReadStamps(chunk, nil, func(got *Batch) error {
			read++
			want := everything()
			want.Records[1].Holder = 0 // later than they are
			checkIdentities(t, chunk, want)
			if int(chunk[7]) != version || !reflect.DeepEqual(got, want) {
				t.Errorf("version %d: got %+v\nwant %+v", chunk[7], got, want)
			}
			return nil
		})
		if err != nil || read != 1 {
			t.Errorf("version %d: %d batches, error %v", version, read, err)
		}
	}
}

// Records that are alike are written against each other; whatever they have in
// common, they come back as they were.
func TestAlikeRecordsTravelUnchanged(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		want := &Batch{Received: random.Int64(), Symbols: everything().Symbols}
		pool := everything().Records
		for len(want.Records) < 400 {
			r := pool[random.IntN(len(pool))]
			r.Trace, r.Span, r.Parent = TraceID{byte(random.IntN(3))}, ID{byte(random.IntN(3))}, ID{byte(random.IntN(3))}
			r.Start, r.End = random.Int64(), random.Int64()-random.Int64()
			r.Name, r.Dims[2], r.Links = Symbol(random.IntN(5)), Symbol(random.IntN(5)), nil
			if random.IntN(4) == 0 {
				from := len(want.Links)
				want.Links = append(want.Links, Link{Trace: TraceID{byte(random.IntN(3))}, Span: ID{byte(random.IntN(3))}})
				r.Links = want.Links[from:]
			}
			want.Records = append(want.Records, r)
		}
		chunk := AppendStamps(nil, want)
		checkIdentities(t, chunk, want)
		err := ReadStamps(chunk, nil, func(got *Batch) error {
			checkForms(t, got)
			forgetForms(got)
			for i := range want.Records {
				if !reflect.DeepEqual(got.Records[i], want.Records[i]) {
					t.Fatalf("record %d: got  %+v\nwant %+v", i, got.Records[i], want.Records[i])
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestTruncatedStampsAreRefused(t *testing.T) {
	whole := AppendStamps(nil, everything())
	for n := 1; n < len(whole); n++ {
		err := ReadStamps(whole[:n], nil, func(*Batch) error { return nil })
		if !errors.Is(err, ErrMalformed) {
			t.Fatalf("%d of %d bytes: error %v, want ErrMalformed", n, len(whole), err)
		}
	}
}

func TestTruncatedIdentitiesAreRefused(t *testing.T) {
	t.Parallel()
	whole := AppendStamps(nil, everything())[2+5:]
	var in Identities
	for n := range whole {
		in.Begin(whole[:n])
		for in.Next() {
		}
		if !errors.Is(in.Err(), ErrMalformed) {
			t.Fatalf("%d of %d bytes: error %v, want ErrMalformed", n, len(whole), in.Err())
		}
	}
	in.Begin(append(bytes.Clone(whole), 0))
	for in.Next() {
	}
	if !errors.Is(in.Err(), ErrMalformed) {
		t.Errorf("a byte too many: error %v", in.Err())
	}
}

// Whatever comes, reading identities ends and does not panic; and it takes what
// reading all takes.
func FuzzIdentities(f *testing.F) {
	f.Add(AppendStamps(nil, everything())[2+5:])
	f.Add(AppendStamps(nil, usual(9))[2+5:])
	f.Fuzz(func(t *testing.T, body []byte) {
		var in Identities
		in.Begin(body)
		for in.Next() {
		}
		chunk := append(binary.AppendUvarint(binary.AppendUvarint(nil, stampsTag), uint64(len(body))), body...)
		if err := ReadStamps(chunk, nil, func(b *Batch) error { checkIdentities(t, chunk, b); return nil }); err == nil && in.Err() != nil {
			t.Fatal(in.Err())
		}
	})
}

func FuzzReadStamps(f *testing.F) {
	f.Add(AppendStamps(nil, everything()))
	f.Add(AppendStamps(nil, usual(9)))
	old, err := os.ReadFile("testdata/version2.stamps")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(old)
	f.Fuzz(func(t *testing.T, data []byte) {
		_ = ReadStamps(data, nil, func(b *Batch) error {
			checkIdentities(t, AppendStamps(nil, b), b)
			for i := range b.Records {
				_ = b.Text(b.Records[i].Service) // every symbol that is read is in the table
			}
			again := AppendStamps(nil, b)
			return ReadStamps(again, nil, func(c *Batch) error {
				if len(c.Records) != len(b.Records) {
					t.Fatalf("re-encoding kept %d of %d records", len(c.Records), len(b.Records))
				}
				for i := range b.Records {
					if c.Records[i].present() != b.Records[i].present() || c.Records[i].End != b.Records[i].End {
						t.Fatalf("re-encoding made %+v of %+v", c.Records[i], b.Records[i])
					}
				}
				return nil
			})
		})
	})
}

func BenchmarkCodec(b *testing.B) {
	batch := everything()
	for len(batch.Records) < 500 {
		batch.Records = append(batch.Records, batch.Records[1])
	}
	var chunk []byte
	var into Batch
	b.ReportAllocs()
	for b.Loop() {
		chunk = AppendStamps(chunk[:0], batch)
		if err := ReadStamps(chunk, &into, func(*Batch) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(batch.Records)), "ns/record")
	b.ReportMetric(float64(len(chunk))/float64(len(batch.Records)), "B/record")
}

// usual is records as most are: a few symbols, one id, some with a link.
func usual(count int) *Batch {
	b := &Batch{Symbols: everything().Symbols}
	links := []Link{{Trace: TraceID{9}, Span: ID{8}}}
	for i := range count {
		r := Record{Trace: TraceID{byte(i)}, Span: ID{byte(i)}, Parent: ID{3}, Start: 1_700_000_000_123_456_789,
			End: 1_700_000_000_133_456_789, Kind: Client, Stage: Invoked, Service: 1, Name: 2, Host: 4, Dims: [NumDims]Symbol{3, 0, 1}}
		switch i % 4 {
		case 0:
			r.HTTPStatus, r.Route = 202, 2
		case 1:
			r.Stage, r.System, r.Topic, r.MessageID, r.Links = Processed, 1, 3, "0123456789abcdef0123456789abcdef", links
		}
		b.Records = append(b.Records, r)
	}
	return b
}

func BenchmarkUsual(b *testing.B) {
	batch := usual(500)
	chunk := AppendStamps(nil, batch)
	b.Run("append", func(b *testing.B) {
		for b.Loop() {
			chunk = AppendStamps(chunk[:0], batch)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*500), "ns/record")
	})
	b.Run("identities", func(b *testing.B) {
		var into Identities
		for b.Loop() {
			into.Begin(chunk[2+5:])
			for into.Next() {
			}
			if err := into.Err(); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*500), "ns/record")
	})
	b.Run("read", func(b *testing.B) {
		var into Batch
		for b.Loop() {
			if err := ReadStamps(chunk, &into, func(*Batch) error { return nil }); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*500), "ns/record")
	})
}

// Records have one form only if all of it is the same.
func TestFormsAreToldApart(t *testing.T) {
	t.Parallel()
	for i := range new(Record).formSymbols() {
		for j := range new(Record).formSymbols() {
			var r, o Record
			for at, symbol := range r.formSymbols() {
				*symbol, *o.formSymbols()[at] = 5, 5
			}
			if !r.alike(&o) {
				t.Fatal("the same are not alike")
			}
			*o.formSymbols()[i] ^= 1
			*o.formSymbols()[j] ^= 2
			if r.alike(&o) {
				t.Errorf("symbols %d and %d differ", i, j)
			}
		}
	}
}
