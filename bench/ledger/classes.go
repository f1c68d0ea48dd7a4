// SPDX-License-Identifier: Apache-2.0

package ledger

import (
	"context"

	"github.com/hopstamp/hopstamp/bench/workload"
)

// Class is what deliveries are counted under: the dimensions of the load.
type Class struct {
	Tenant, Channel, Destination, Region string
	workload.Outcome
}

// Classes are counts by class.
type Classes map[Class]int64

// ClassTruth is what the first blocks of a load count up to.
func ClassTruth(w *workload.Workload, blocks int64) Classes {
	truth := Classes{}
	for _, m := range w.Messages(blocks) {
		truth[Class{m.Tenant, m.Channel, m.Destination, m.Region, m.Outcome()}]++
	}
	return truth
}

// Classes that the server has counted.
func (s Server) Classes(ctx context.Context) (Classes, error) {
	var answer struct {
		Rows []struct {
			Class
			Count int64
		}
	}
	counted := Classes{}
	err := s.get(ctx, "/api/v1/ledger?by=tenant,channel,destination,region,verdict,timeliness&since="+since, &answer)
	for _, row := range answer.Rows {
		counted[row.Class] += row.Count
	}
	return counted, err
}

// Wrong is how many classes are counted otherwise than in c, the truth, or should not be.
func (c Classes) Wrong(counted Classes) (wrong int) {
	for class, count := range c {
		if counted[class] != count {
			wrong++
		}
	}
	for class := range counted {
		if _, known := c[class]; !known {
			wrong++
		}
	}
	return wrong
}

// Sum of all classes.
func (c Classes) Sum() (sum int64) {
	for _, count := range c {
		sum += count
	}
	return sum
}
