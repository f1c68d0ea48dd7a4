// SPDX-License-Identifier: Apache-2.0

package workload

import "encoding/binary"

// messageIDs gives the ids of one message: functions of the seed and its number.
type messageIDs struct {
	seed, number        uint64
	traceHigh, traceLow uint64
}

func idsOf(seed, number uint64) messageIDs {
	trace := seed*0x1000193 + number*2
	return messageIDs{seed: seed, number: number, traceHigh: scramble(trace), traceLow: scramble(trace + 1)}
}

func (m messageIDs) span(kind int) uint64 {
	return scramble(^(m.seed*0x1000193 + m.number*8 + uint64(kind))) | 1
}

// putSpan writes a trace id and, after the two bytes of the next field's tag, a span id.
func (m messageIDs) putSpan(b []byte, kind int) {
	_ = b[25]
	binary.BigEndian.PutUint64(b, m.traceHigh)
	binary.BigEndian.PutUint64(b[8:], m.traceLow)
	binary.BigEndian.PutUint64(b[18:], m.span(kind))
}

func (m messageIDs) putMessage(b []byte) {
	putHex(b, scramble(m.number))
	putHex(b[16:], scramble(m.number+1<<40))
}

func putHex(b []byte, v uint64) {
	_ = b[15]
	for i := 15; i >= 0; i-- {
		b[i] = "0123456789abcdef"[v&15]
		v >>= 4
	}
}

// scramble is splitmix64: different numbers, different and evenly spread results.
func scramble(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9
	x = (x ^ (x >> 27)) * 0x94d049bb133111eb
	return x ^ (x >> 31)
}
