// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"encoding/binary"
	"encoding/hex"
	"math/bits"
	"strings"
)

// What sampling counts with: of certainty parts, a threshold rejects so many.
const certainty = 1 << 56

// Limits of a W3C trace state and of the entry of OpenTelemetry.
const (
	maxEntries  = 32
	maxOTLength = 256
)

// Keep is with which probability a trace is kept, and the draw that kept it.
type Keep struct {
	Threshold uint64 // what is rejected of 2^56; 0: kept for certain
	Random    uint64 // 56 bits, at or above the threshold, the same for all that is kept together
	AsSent    bool   // it is only looked at: its trace state stays what it was
}

// after answers what a span says of itself that was sampled before us with a
// threshold of its own. The two draws are independent, one by trace and one by
// message, so the probabilities multiply.
//
// Whoever reads a span may check that its randomness is not below its threshold.
// Ours is spread evenly over what the threshold of both leaves, so that this
// holds, and so that a sampler behind us still sees even randomness.
func (k Keep) after(upstream uint64) Keep {
	own := min(k.Threshold, certainty-1)
	random := max(k.Random&(certainty-1), own)
	if upstream == 0 {
		return Keep{Threshold: own, Random: random}
	}
	high, low := bits.Mul64(certainty-upstream, certainty-own)
	left := max(high<<8|low>>56, 1) // of 2^56; the least that can be said
	high, low = bits.Mul64(random-own, left)
	spread, _ := bits.Div64(high, low, certainty-own)
	return Keep{Threshold: certainty - left, Random: certainty - left + spread}
}

// appendState appends a trace state in which th and rv of OpenTelemetry are those
// of the keep, in front, as changed entries are. What else there is stays, as far
// as it is allowed: the last entries go when there are too many, and sub-keys of
// OpenTelemetry when they do not fit.
func (k Keep) appendState(dst []byte, state string) []byte {
	dst = append(dst, "ot="...)
	from := len(dst)
	dst = append(dst, "th:"...)
	dst = appendThreshold(dst, k.Threshold)
	dst = append(dst, ";rv:"...)
	dst = appendHex(dst, k.Random)
	if state == "" {
		return dst
	}
	ot, _ := entryOf(state, "ot")
	for member := range strings.SplitSeq(ot, ";") {
		if member != "" && !strings.HasPrefix(member, "th:") && !strings.HasPrefix(member, "rv:") &&
			len(dst)-from+1+len(member) <= maxOTLength {
			dst = append(append(dst, ';'), member...)
		}
	}
	entries := 1
	for entry := range strings.SplitSeq(state, ",") {
		entry = strings.Trim(entry, " \t")
		if entry != "" && !strings.HasPrefix(entry, "ot=") && entries < maxEntries {
			dst = append(append(dst, ','), entry...)
			entries++
		}
	}
	return dst
}

// appendThreshold leaves out trailing zeros, but not the only one.
func appendThreshold(dst []byte, threshold uint64) []byte {
	from := len(dst)
	dst = appendHex(dst, threshold)
	for len(dst) > from+1 && dst[len(dst)-1] == '0' {
		dst = dst[:len(dst)-1]
	}
	return dst
}

func appendHex(dst []byte, number uint64) []byte {
	var bytes [8]byte
	binary.BigEndian.PutUint64(bytes[:], number)
	return hex.AppendEncode(dst, bytes[1:])
}
