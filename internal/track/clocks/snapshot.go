// SPDX-License-Identifier: Apache-2.0

package clocks

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/hopstamp/hopstamp/internal/pack"
)

// A snapshot is a version and varints:
//
//	version | now | review | doubt | hosts | pairs
//	table:    hand | overflowed | rows | row ...
//	row:      low | high | expected | gains | since | jumped | deviation | bound | seen | up | down
//	envelope: newest | best | spread | last | fell | doubts | doubted | highest | points | (slot | at | delay) ...
//
// Equal input gives equal bytes.
const snapshotVersion = 2

// ErrMalformed is wrapped by every error of Restore.
var ErrMalformed = errors.New("malformed clocks")

// Append writes all that is known.
func (c *Clocks) Append(dst []byte) []byte {
	dst = append(dst, snapshotVersion)
	for _, number := range [...]int64{c.now, c.review, c.doubt} {
		dst = binary.AppendVarint(dst, number)
	}
	return c.pairs.append(c.hosts.append(dst))
}

// Restore reads what Append wrote. On an error nothing is known.
func (c *Clocks) Restore(data []byte) error {
	limits := Limits{c.hosts.limit, c.pairs.limit}
	*c = *New(limits)
	if len(data) == 0 || data[0] != snapshotVersion {
		return fmt.Errorf("%w: no version that this program reads", ErrMalformed)
	}
	in := reader{pack.Reader{Rest: data[1:]}}
	in.into(&c.now, &c.review, &c.doubt)
	in.table(&c.hosts)
	in.table(&c.pairs)
	c.judgeAll()
	if !in.Whole() {
		*c = *New(limits)
		return fmt.Errorf("%w: %d bytes from the end", ErrMalformed, len(in.Rest))
	}
	return nil
}

func (t *table) append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(t.hand))
	dst = binary.AppendUvarint(dst, t.overflowed)
	dst = binary.AppendUvarint(dst, uint64(len(t.rows)))
	for i := range t.rows {
		dst = t.rows[i].append(dst)
	}
	return dst
}

func (p *pair) append(dst []byte) []byte {
	jumped := int64(0)
	if p.jumped {
		jumped = 1
	}
	for _, number := range [...]int64{int64(p.low), int64(p.high), p.expected, p.gains, p.since, jumped, p.deviation, p.bound, p.seen} {
		dst = binary.AppendVarint(dst, number)
	}
	return p.down.append(p.up.append(dst))
}

func (e *envelope) append(dst []byte) []byte {
	for _, number := range [...]int64{e.newest, e.best, e.spread, e.last, e.fell, int64(e.doubts), e.doubted, e.highest,
		int64(e.hints), e.hinted, e.hint, int64(e.filled)} {
		dst = binary.AppendVarint(dst, number)
	}
	for slot, p := range e.lowest {
		if p.at != 0 {
			dst = append(dst, byte(slot))
			dst = binary.AppendVarint(binary.AppendVarint(dst, p.at), p.delay)
		}
	}
	return dst
}

// reader reads clocks.
type reader struct{ pack.Reader }

func (in *reader) into(numbers ...*int64) {
	for _, number := range numbers {
		*number = in.Varint()
	}
}

func (in *reader) table(t *table) {
	hand := in.Uvarint()
	t.overflowed = in.Uvarint()
	rows := in.Below(uint64(t.limit) + 1)
	for range rows {
		p := in.pair()
		if _, twice := t.index[keyOf(p.low, p.high)]; in.Bad || twice || p.low >= p.high {
			in.Bad = true
			return
		}
		t.index[keyOf(p.low, p.high)] = int32(len(t.rows))
		t.rows = append(t.rows, p)
	}
	in.Bad = in.Bad || hand > 0 && hand >= rows
	t.hand = int(hand)
}

func (in *reader) pair() (p pair) {
	var low, high, jumped int64
	in.into(&low, &high, &p.expected, &p.gains, &p.since, &jumped, &p.deviation, &p.bound, &p.seen)
	p.low, p.high, p.jumped = Host(low), Host(high), jumped == 1
	in.Bad = in.Bad || int64(p.low) != low || int64(p.high) != high || jumped>>1 != 0
	in.envelope(&p.up)
	in.envelope(&p.down)
	return p
}

func (in *reader) envelope(e *envelope) {
	var doubts, hints, filled int64
	in.into(&e.newest, &e.best, &e.spread, &e.last, &e.fell, &doubts, &e.doubted, &e.highest, &hints, &e.hinted, &e.hint, &filled)
	e.doubts, e.hints, e.filled = int(doubts), int(hints), int(filled)
	in.Bad = in.Bad || hints < 0 || hints > convincing || doubts < 0 || doubts >= convincing || filled < 0 || filled > periods || e.newest < 0 || e.newest > math.MaxInt64/period
	for range filled {
		slot := in.Below(periods)
		if in.Bad || e.lowest[slot].at != 0 {
			in.Bad = true
			return
		}
		p := &e.lowest[slot]
		in.into(&p.at, &p.delay)
		age := e.newest - p.at/period
		in.Bad = in.Bad || p.at <= 0 || p.at/period%periods != int64(slot) || age < 0 || age >= periods || p.delay > farthest || p.delay < -farthest
	}
}
