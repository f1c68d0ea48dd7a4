// SPDX-License-Identifier: Apache-2.0

package fates

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Truth is what the ledger must add up to.
type Truth struct {
	Deliveries int64
	counts     map[row]int64
}

type row struct {
	Class
	minute string
}

// NewTruth knows of no message.
func NewTruth() *Truth { return &Truth{counts: map[row]int64{}} }

// Add a message.
func (t *Truth) Add(m Message) {
	for _, d := range m.Deliveries {
		t.counts[row{d.Class, m.Started.UTC().Truncate(time.Minute).Format(time.RFC3339)}]++
		t.Deliveries++
	}
}

// Ledger is the truth by some dimensions, as lines "a=b c=d" with their counts.
func (t *Truth) Ledger(by ...string) map[string]int64 {
	lines := map[string]int64{}
	for r, count := range t.counts {
		lines[Line(by, r.value)] += count
	}
	return lines
}

func (r row) value(dimension string) string {
	switch dimension {
	case "path":
		return r.Path
	case "tenant":
		return r.Tenant
	case "channel":
		return r.Channel
	case "destination":
		return r.Destination
	case "verdict":
		return r.Verdict
	case "reason":
		return r.Reason
	case "hop":
		return r.Hop
	case "timeliness":
		return r.Timeliness
	case "minute":
		return r.minute
	}
	panic("no dimension " + dimension) //nolint:forbidigo // a mistake in the test
}

// Line writes a combination of dimensions, so that two can be compared.
func Line(by []string, value func(dimension string) string) string {
	var line strings.Builder
	for _, dimension := range by {
		fmt.Fprintf(&line, "%s=%s ", dimension, value(dimension))
	}
	return line.String()
}

// Differences between two ledgers, at most a few, in words.
func Differences(want, got map[string]int64) (differences []string) {
	all := map[string]bool{}
	for _, lines := range []map[string]int64{want, got} {
		for line := range lines {
			all[line] = true
		}
	}
	for _, line := range slices.Sorted(maps.Keys(all)) {
		if want[line] != got[line] {
			differences = append(differences, fmt.Sprintf("%s: %d, must be %d", line, got[line], want[line]))
		}
	}
	const few = 20
	if more := len(differences) - few; more > 0 {
		differences = append(differences[:few], fmt.Sprintf("and %d more", more))
	}
	return differences
}
