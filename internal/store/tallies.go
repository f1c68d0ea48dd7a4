// SPDX-License-Identifier: Apache-2.0

package store

import (
	"cmp"
	"os"
	"slices"
	"strings"

	"github.com/hopstamp/hopstamp/internal/span"
)

// tallies are changes of the ledger, column by column.
type tallies struct {
	minutes       []int64
	texts         [numTallyTexts]symbols
	estimated     []bool
	entered, left []int64
	order         []int32 // after sum: the rows, each tally once
}

// The texts of a tally, in the order of ledgerRow.
const (
	tallyPath       = 0
	tallyDims       = 1 // and as many as there are
	tallyVerdict    = tallyDims + int(span.NumDims)
	tallyReason     = tallyVerdict + 1
	tallyTimeliness = tallyReason + 1
	tallyHop        = tallyTimeliness + 1
	numTallyTexts   = tallyHop + 1
)

func newTallies() *tallies {
	t := &tallies{}
	for i := range t.texts {
		t.texts[i].reset()
	}
	return t
}

func (t *tallies) add(row *LedgerRow) {
	t.minutes, t.estimated = append(t.minutes, row.Minute), append(t.estimated, row.Estimated)
	t.entered, t.left = append(t.entered, int64(row.Entered)), append(t.left, int64(row.Left))
	t.texts[tallyPath].add(row.Path)
	for i := range row.Dims {
		t.texts[tallyDims+i].add(row.Dims[i])
	}
	t.texts[tallyVerdict].add(row.Verdict.String())
	t.texts[tallyReason].add(row.Reason.String())
	t.texts[tallyTimeliness].add(row.Timeliness.String())
	t.texts[tallyHop].add(row.Hop.String())
}

// tallyKey orders rows as their texts do.
type tallyKey struct {
	minute int64
	ranks  [numTallyTexts + 1]uint32 // the last: whether it is an estimate
	row    int32
}

// sum sorts rows and adds up those of the same tally, so that a part does
// not depend on the order in which they came.
func (t *tallies) sum() {
	keys := make([]tallyKey, len(t.minutes))
	for i := range keys {
		keys[i].minute, keys[i].row, keys[i].ranks[numTallyTexts] = t.minutes[i], int32(i), uint32(there(t.estimated[i]))
	}
	for column := range t.texts {
		ranks := ranked(t.texts[column].texts)
		for i, at := range t.texts[column].at {
			keys[i].ranks[column] = ranks[at]
		}
	}
	slices.SortFunc(keys, func(a, b tallyKey) int {
		order := cmp.Compare(a.minute, b.minute)
		for i := 0; order == 0 && i < len(a.ranks); i++ {
			order = cmp.Compare(a.ranks[i], b.ranks[i])
		}
		return order
	})
	for i := range keys {
		row := keys[i].row
		if i > 0 && keys[i-1].minute == keys[i].minute && keys[i-1].ranks == keys[i].ranks {
			first := t.order[len(t.order)-1]
			t.entered[first] += t.entered[row]
			t.left[first] += t.left[row]
			continue
		}
		t.order = append(t.order, row)
	}
}

// ranked says which of the texts each is, in their order.
func ranked(texts []string) []uint32 {
	places := make([]uint32, len(texts))
	for i := range places {
		places[i] = uint32(i)
	}
	slices.SortFunc(places, func(a, b uint32) int { return strings.Compare(texts[a], texts[b]) })
	ranks := make([]uint32, len(texts))
	for rank, place := range places {
		ranks[place] = uint32(rank)
	}
	return ranks
}

// count of the tallies, after sum.
func (t *tallies) count() int { return len(t.order) }

// writeLedger writes tallies as ledgerRow says.
func (p *Parts) writeLedger(path string, t *tallies, about footer) error {
	return inTemp(path, func(file *os.File) error {
		w := columnWriter{partWriter: newPartWriter(file, p.ledgerLayout, p.codec, len(t.order)), order: t.order}
		w.times(t.minutes, false)
		for i := range t.texts {
			w.symbols(&t.texts[i], false)
		}
		w.flags(t.estimated)
		w.times(t.entered, false)
		w.times(t.left, false)
		return w.close(about, nil)
	})
}
