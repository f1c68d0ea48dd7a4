// SPDX-License-Identifier: Apache-2.0

package sample

import "github.com/cespare/xxhash/v2"

// Threshold is OpenTelemetry's rejection threshold: of the 2^56 values that
// randomness may have, those below it are dropped. 0 keeps everything; what is kept stands
// for 2^56/(2^56-Threshold) of its kind.
type Threshold uint64

// Never is the threshold that keeps nothing.
const Never Threshold = 1 << 56

// ThresholdOf is the threshold that keeps a share, 0 to 1.
func ThresholdOf(share float64) Threshold {
	return Never - Threshold(float64(Never)*min(max(share, 0), 1))
}

// Keeps tells whether randomness is enough.
func (t Threshold) Keeps(randomness uint64) bool { return randomness >= uint64(t) }

// Randomness that decides about a message: 56 bits, the same for all that belongs to it.
func Randomness(key string) uint64 { return xxhash.Sum64String(key) & (uint64(Never) - 1) }
