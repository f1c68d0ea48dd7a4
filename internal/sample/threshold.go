// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"fmt"
	"math/bits"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// Threshold is OpenTelemetry's rejection threshold: of the 2^56 values that
// randomness may have, those below it are dropped. 0 keeps everything.
type Threshold uint64

// Never is the threshold that keeps nothing.
const Never Threshold = 1 << 56

// ThresholdOf is the threshold that keeps a share, 0 to 1.
func ThresholdOf(share float64) Threshold {
	return Never - Threshold(float64(Never)*min(max(share, 0), 1))
}

// Keeps tells whether randomness is enough.
func (t Threshold) Keeps(randomness uint64) bool { return randomness >= uint64(t) }

// Probability of being kept. Each kept span stands for 1/Probability spans.
func (t Threshold) Probability() float64 { return float64(Never-min(t, Never)) / float64(Never) }

// String is the value of th in a tracestate's ot: hexadecimal digits of a
// fraction, without trailing zeros. Never has none.
func (t Threshold) String() string {
	switch {
	case t == 0:
		return "0"
	case t >= Never:
		return ""
	}
	return strings.TrimRight(fmt.Sprintf("%014x", uint64(t)), "0")
}

// Combine is the threshold of a span that was sampled before us and by us: the
// draws are independent, one by trace and one by message, so probabilities multiply.
func Combine(upstream, own Threshold) Threshold {
	high, low := bits.Mul64(uint64(Never-min(upstream, Never)), uint64(Never-min(own, Never)))
	return Never - Threshold(high<<8|low>>56)
}

// Randomness that decides about a message: 56 bits, the same for all that belongs to it.
func Randomness(key string) uint64 { return xxhash.Sum64String(key) & (uint64(Never) - 1) }
