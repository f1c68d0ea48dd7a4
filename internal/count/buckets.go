// SPDX-License-Identifier: Apache-2.0

package count

import (
	"math"
	"math/bits"
	"time"
)

// logarithmic is the bucket of a duration by definition.
func logarithmic(d time.Duration) int {
	return int(math.Ceil(math.Log2(d.Seconds()) * (1 << Schema)))
}

// A logarithm for each duration is slow. So the durations of each doubling are divided
// into even cells, narrower than any bucket is: in each begins one bucket at most.
const (
	cellBits  = Schema + 1
	leastBits = 10 // of the shortest duration
	mostBits  = 40 // 18 minutes; what is longer takes the logarithm
)

// cell is the bucket of its lowest durations, up to last; what is above is in the next.
type cell struct {
	last  time.Duration
	index int32
}

var cells = cellsOf()

func cellsOf() (cells [(mostBits - leastBits + 1) << cellBits]cell) {
	for i := range cells {
		length := leastBits + i>>cellBits
		lowest := time.Duration(1<<cellBits|i&(1<<cellBits-1)) << (length - 1 - cellBits)
		index := logarithmic(lowest)
		last := time.Duration(math.Exp2(float64(index)/(1<<Schema)) * 1e9)
		for logarithmic(last) > index { // it is rounded
			last--
		}
		for logarithmic(last+1) <= index {
			last++
		}
		cells[i] = cell{last, int32(index)}
	}
	return cells
}

// bucketOf is the same as logarithmic, for durations that are not below the shortest.
func bucketOf(d time.Duration) int {
	length := bits.Len64(uint64(d))
	if length > mostBits {
		return logarithmic(d)
	}
	c := &cells[(length-leastBits)<<cellBits|int(d>>(length-1-cellBits))&(1<<cellBits-1)]
	if d > c.last {
		return int(c.index) + 1
	}
	return int(c.index)
}
