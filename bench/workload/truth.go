// SPDX-License-Identifier: Apache-2.0

package workload

import (
	"encoding/binary"
	"iter"
)

// TraceID of the message of a number: its block's number times Batch, plus its slot.
func (w *Workload) TraceID(number int64) (id [16]byte) {
	ids := idsOf(w.Params.Seed, uint64(number))
	binary.BigEndian.PutUint64(id[:], ids.traceHigh)
	binary.BigEndian.PutUint64(id[8:], ids.traceLow)
	return id
}

// Messages of the first blocks, by their numbers.
func (w *Workload) Messages(blocks int64) iter.Seq2[int64, *Message] {
	return func(yield func(int64, *Message) bool) {
		for block := range blocks {
			messages := w.Block(block).Messages
			for slot := range messages {
				if !yield(block*int64(len(messages))+int64(slot), &messages[slot]) {
					return
				}
			}
		}
	}
}

// MustKeep says that whoever looks for what went wrong needs this message: it failed,
// or was late. The Collector's policies keep those, and some more.
func (m *Message) MustKeep() bool {
	outcome := m.Outcome()
	return outcome.Verdict == "failed" || outcome.Timeliness == "late"
}

// Encoded is a request as it is, without the ids and times of any message.
func (r *Request) Encoded() []byte { return r.buffer }

// MessageID of the message of a number, which its publish and its consumer tell.
func (w *Workload) MessageID(number int64) string {
	var text [32]byte
	idsOf(w.Params.Seed, uint64(number)).putMessage(text[:])
	return string(text[:])
}
