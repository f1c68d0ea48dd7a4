// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/pack"
)

// How a snapshot is laid out. Integers are varints, floats are their bits, lists are
// preceded by their length, and what comes out of a map is sorted.
//
//	version u8 | now | counts of the policies | budget | tails by path
//	| kept: first the queue, then the older ones, then others that works or wishes refer to
//	| forgotten | copies, which name a kept message by its number in that list
//
// Version 1 knew nothing of older ones.
const codecVersion = 2

// ErrMalformed is wrapped by every error of Restore.
var ErrMalformed = errors.New("malformed snapshot of sampling")

// Append appends a snapshot of the sampler. Equal samplers give equal bytes.
func (s *Sampler) Append(dst []byte) []byte {
	out := writer{bytes: append(dst, codecVersion), number: map[*Kept]uint64{}}
	out.integer(s.now)
	out.uint(uint64(NumPolicies))
	for _, counts := range s.counts {
		out.uint(counts.Decided)
		out.uint(counts.Kept)
		out.uint(counts.Spans)
	}
	out.budget(&s.budget)
	out.tails(&s.tails)
	positions := slices.Sorted(maps.Keys(s.copies.wanted))
	out.table(&s.kept, s.everyKept(positions))
	out.copies(&s.copies, positions)
	return out.bytes
}

// everyKept lists the kept messages that anything refers to, each once.
func (s *Sampler) everyKept(positions []journey.Position) (all []*Kept) {
	seen := map[*Kept]bool{}
	add := func(list []*Kept) {
		for _, kept := range list {
			if !seen[kept] {
				seen[kept] = true
				all = append(all, kept)
			}
		}
	}
	add(s.kept.queue)
	add(s.kept.older)
	for _, position := range positions {
		add(s.copies.wanted[position])
	}
	for i := range s.copies.works {
		for _, c := range s.copies.works[i].Copies {
			add(c.Kept)
		}
	}
	return all
}

func (out *writer) budget(b *budget) {
	out.integer(b.began)
	out.integer(b.now)
	out.bool(b.learned)
	out.uint(b.overdrawn)
	for p := range NumPolicies {
		out.float(b.expected[p])
		out.float(b.rates[p])
		out.float(b.scales[p])
	}
}

func (out *writer) tails(t *tails) {
	out.integer(t.halving)
	out.uint(uint64(len(t.byPath)))
	for _, path := range slices.Sorted(maps.Keys(t.byPath)) {
		tail := t.byPath[path]
		out.text(path)
		out.integer(tail.halving)
		out.uint(tail.slow)
		out.integer(int64(tail.start))
		out.integer(int64(tail.fresh))
		out.integer(int64(tail.first))
		out.uint(uint64(len(tail.weights)))
		for _, weight := range tail.weights {
			out.uint(weight)
		}
	}
}

func (out *writer) table(t *table, all []*Kept) {
	out.uint(uint64(len(all)))
	for i, kept := range all {
		out.number[kept] = uint64(i)
		out.text(kept.Key)
		out.uint(uint64(kept.Policy))
		out.text(kept.Reason)
		out.uint(uint64(kept.Threshold))
		out.integer(kept.since)
		out.bool(kept.open)
		out.uint(uint64(len(kept.Traces)))
		for _, trace := range kept.Traces {
			out.bytes = append(out.bytes, trace[:]...)
			out.bool(t.traces.of(trace) == kept)
		}
	}
	out.uint(uint64(len(t.queue)))
	out.uint(uint64(len(t.older)))
	out.uint(t.forgotten)
}

func (out *writer) copies(c *copies, positions []journey.Position) {
	out.integer(c.second)
	out.integer(c.ends)
	out.bool(c.open)
	out.uint(uint64(c.passed))
	out.uint(uint64(len(c.began)))
	for _, began := range c.began {
		out.integer(began.second)
		out.uint(uint64(began.before))
	}
	out.uint(uint64(len(positions)))
	for _, position := range positions {
		out.copy(position, c.wanted[position])
	}
	out.uint(uint64(len(c.works)))
	for i := range c.works {
		work := &c.works[i]
		out.uint(uint64(work.At))
		out.integer(work.Now)
		out.uint(uint64(work.Passed))
		out.uint(uint64(len(work.Copies)))
		for _, c := range work.Copies {
			out.copy(c.Position, c.Kept)
		}
	}
}

func (out *writer) copy(position journey.Position, list []*Kept) {
	out.uint(uint64(position))
	out.uint(uint64(len(list)))
	for _, kept := range list {
		out.uint(out.number[kept])
	}
}

// Restore makes the sampler that a snapshot was taken of. Options may differ from
// those that it had.
func Restore(options Options, data []byte) (*Sampler, error) {
	in := reader{Reader: pack.Reader{Rest: data}}
	version := in.Byte()
	if version < 1 || version > codecVersion {
		return nil, fmt.Errorf("%w: version %d, this program reads %d", ErrMalformed, version, codecVersion)
	}
	s := New(options)
	s.now = in.Varint()
	if policies := in.Uvarint(); policies != uint64(NumPolicies) {
		return nil, fmt.Errorf("%w: it has %d policies, this program %d", ErrMalformed, policies, NumPolicies)
	}
	for p := range s.counts {
		s.counts[p] = Counts{Decided: in.Uvarint(), Kept: in.Uvarint(), Spans: in.Uvarint()}
	}
	in.budget(&s.budget)
	in.tails(&s.tails)
	in.table(&s.kept, version)
	in.copies(&s.copies)
	if !in.Whole() {
		return nil, fmt.Errorf("%w: truncated or overlong", ErrMalformed)
	}
	return s, nil
}

func (in *reader) budget(b *budget) {
	b.began, b.now, b.learned, b.overdrawn = in.Varint(), in.Varint(), in.bool(), in.Uvarint()
	for p := range NumPolicies {
		b.expected[p], b.rates[p], b.scales[p] = in.float(), in.float(), in.float()
	}
}

func (in *reader) tails(t *tails) {
	t.halving = in.Varint()
	for range in.Count(7) {
		path := in.Text()
		tail := &tail{halving: in.Varint(), slow: in.Uvarint(), start: time.Duration(in.Varint()), fresh: int(in.Varint()), first: int(in.Varint())}
		tail.weights = make([]uint64, in.Count(1))
		for i := range tail.weights {
			tail.weights[i] = in.Uvarint()
			tail.total += tail.weights[i]
		}
		last := int64(bucketOf(math.MaxInt64))
		in.Require(tail.first >= 0 && int64(tail.first) <= last && int64(tail.first+len(tail.weights)) <= last+1)
		t.byPath[path] = tail
	}
}

func (in *reader) table(t *table, version byte) {
	in.kept = make([]*Kept, in.Count(6))
	for i := range in.kept {
		kept := &Kept{Key: in.Text(), Policy: Policy(in.Uvarint()), Reason: in.Text(), Threshold: Threshold(in.Uvarint()), since: in.Varint()}
		kept.open = version > 1 && in.bool()
		in.Require(kept.Policy < NumPolicies && kept.Threshold <= Never)
		for range in.Count(17) {
			trace := in.trace()
			kept.Traces = append(kept.Traces, trace)
			if in.bool() {
				t.traces.put(trace, kept)
			}
		}
		in.kept[i] = kept
	}
	queued, older := in.Uvarint(), uint64(0)
	if version > 1 {
		older = in.Uvarint()
	}
	if all := uint64(len(in.kept)); queued > all || older > all-queued {
		in.Fail()
		return
	}
	t.queue, t.older = slices.Clone(in.kept[:queued]), slices.Clone(in.kept[queued:queued+older])
	t.forgotten = in.Uvarint()
}

func (in *reader) copies(c *copies) {
	c.second, c.ends, c.open, c.passed = in.Varint(), in.Varint(), in.bool(), in.position()
	for range in.Count(2) {
		c.began = append(c.began, began{in.Varint(), in.position()})
	}
	for range in.Count(2) {
		wish := in.copy()
		c.wanted[wish.Position] = wish.Kept
		c.size += len(wish.Kept)
	}
	for range in.Count(4) {
		work := Work{At: in.position(), Now: in.Varint(), Passed: in.position()}
		for range in.Count(2) {
			work.Copies = append(work.Copies, in.copy())
			c.due += len(work.Copies[len(work.Copies)-1].Kept)
		}
		c.works = append(c.works, work)
	}
}

func (in *reader) copy() Copy {
	c := Copy{Position: in.position()}
	for range in.Count(1) {
		number := in.Uvarint()
		if number >= uint64(len(in.kept)) {
			in.Fail()
			return c
		}
		c.Kept = append(c.Kept, in.kept[number])
	}
	return c
}
