// SPDX-License-Identifier: Apache-2.0

package count

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// Dimension is a way to divide the ledger's counts.
type Dimension int

// The dimensions of the ledger: the class's, then what is known of a delivery.
const (
	ByPath       = Dimension(span.NumDims) + iota
	ByVerdict    // see journey.Verdict
	ByReason     // see journey.Reason
	ByHop        // from-to
	ByTimeliness // in_time, late; empty for what is not good
	ByMinute     // RFC 3339
	numDimensions
)

var dimensionNames = [...]string{"path", "verdict", "reason", "hop", "timeliness", "minute"}

func (d Dimension) String() string {
	if d < ByPath {
		return span.DimNames[d]
	}
	return dimensionNames[d-ByPath]
}

// ParseDimension reads a dimension's name.
func ParseDimension(name string) (Dimension, error) {
	for d := Dimension(0); d < numDimensions; d++ {
		if d.String() == name {
			return d, nil
		}
	}
	return 0, fmt.Errorf("%q is not a dimension of the ledger; there are %s", name, strings.Join(Dimensions(), ", "))
}

// Dimensions are the names of all dimensions.
func Dimensions() []string {
	var names []string
	for d := Dimension(0); d < numDimensions; d++ {
		names = append(names, d.String())
	}
	return names
}

// Of is the row's value in a dimension.
func (r *Row) Of(d Dimension) string {
	switch d {
	case ByPath:
		return r.Class.Path
	case ByVerdict:
		return r.Verdict.String()
	case ByReason:
		return r.Reason.String()
	case ByHop:
		return r.Hop.String()
	case ByTimeliness:
		return r.Timeliness.String()
	case ByMinute:
		return time.Unix(r.Minute*60, 0).UTC().Format(time.RFC3339)
	}
	return r.Class.Dims[d]
}

// Sum is the count of the deliveries that share values.
type Sum struct {
	Values    []string // in the order of the dimensions asked for
	Count     int64
	Estimated bool // some of it is: see Row.estimate
}

// Question is what to sum of the ledger.
type Question struct {
	By           []Dimension
	Since, Until time.Time                     // whole minutes: those that begin in [Since, Until)
	Only         map[Dimension]map[string]bool // allowed values
}

// Sum answers a question. Sums of nothing are left out; the order is that of the values.
func (l *Ledger) Sum(q Question) (sums []Sum, all int64) {
	index := map[string]int{}
	var key []byte
	l.Each(q.Since, q.Until, func(row *Row) {
		count := row.Count()
		if count == 0 || !q.allows(row) {
			return
		}
		key = key[:0]
		for _, d := range q.By {
			key = append(append(key, row.Of(d)...), 0)
		}
		at, ok := index[string(key)]
		if !ok {
			at = len(sums)
			index[string(key)] = at
			sums = append(sums, Sum{Values: values(row, q.By)})
		}
		sums[at].Count += count
		sums[at].Estimated = sums[at].Estimated || row.estimate()
		all += count
	})
	return AddUp(sums), all
}

// estimate tells that the row says less than all: others like it were sampled away
// before us, or what became of them cannot be known.
func (r *Row) estimate() bool { return r.Estimated || r.Verdict == journey.Unverifiable }

// AddUp adds up the sums of the same values, such as those of several ledgers, in
// place. What comes to nothing is left out; the order is that of the values.
func AddUp(sums []Sum) []Sum {
	slices.SortFunc(sums, func(x, y Sum) int { return slices.Compare(x.Values, y.Values) })
	added := sums[:0]
	for _, s := range sums {
		if last := len(added) - 1; last >= 0 && slices.Equal(added[last].Values, s.Values) {
			added[last].Count += s.Count
			added[last].Estimated = added[last].Estimated || s.Estimated
			continue
		}
		added = append(added, s)
	}
	return slices.DeleteFunc(added, func(s Sum) bool { return s.Count == 0 })
}

// Each calls visit for every row of the minutes that begin in [since, until).
func (l *Ledger) Each(since, until time.Time, visit func(*Row)) {
	from, to := since.Unix()/60, (until.Unix()+59)/60
	for minute, page := range l.pages {
		if minute < from || minute >= to {
			continue
		}
		for i := range page.slots {
			if s := &page.slots[i]; s.total != 0 {
				row := l.row(minute, s.tally, s.moves)
				visit(&row)
			}
		}
	}
}

func (q *Question) allows(r *Row) bool {
	for d, allowed := range q.Only {
		if !allowed[r.Of(d)] {
			return false
		}
	}
	return true
}

func values(r *Row, by []Dimension) []string {
	out := make([]string, len(by))
	for i, d := range by {
		out[i] = r.Of(d)
	}
	return out
}

// String of a sum, for logs and tests.
func (s Sum) String() string {
	return strings.Join(append(slices.Clone(s.Values), strconv.FormatInt(s.Count, 10)), " ")
}

func compareClasses(x, y *Class) int {
	return cmp.Or(cmp.Compare(x.Path, y.Path), slices.Compare(x.Dims[:], y.Dims[:]))
}

func bit(on bool) int {
	if on {
		return 1
	}
	return 0
}
