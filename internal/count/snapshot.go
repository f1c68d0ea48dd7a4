// SPDX-License-Identifier: Apache-2.0

package count

import (
	"cmp"
	"encoding/binary"
	"encoding/gob"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/pack"
	"github.com/hopstamp/hopstamp/internal/span"
)

// What the stored parts do not hold travels in snapshots: the sums over all time,
// which must not begin anew with the process, and the latencies. The bytes are a
// function of the state.

// sumsVersion is the first byte of the ledger's sums. Behind it, integers being varints
// and texts having their length before them:
//
//	classes | class ...
//	class: path | dimension ... | sums | sum ...
//	sum:   verdict u8 | timeliness u8 | from u8 | to u8 | entered | left
//
// Classes and sums are in the order of rows.
const sumsVersion = 2

// placedSum is one of the sums over all time: its tally, with the rank of the class in place
// of the class, and its place in the totals.
type placedSum struct {
	tally tally
	at    uint32
}

// AppendSums writes the sums over all time.
func (l *Ledger) AppendSums(dst []byte) []byte {
	sums, classes := l.sortedSums(), 0
	for i := range sums {
		if i == 0 || sums[i].tally.class() != sums[i-1].tally.class() {
			classes++
		}
	}
	dst = binary.AppendUvarint(append(dst, sumsVersion), uint64(classes))
	for len(sums) > 0 {
		rank, count := sums[0].tally.class(), 1
		for count < len(sums) && sums[count].tally.class() == rank {
			count++
		}
		dst = binary.AppendUvarint(appendClass(dst, &l.classes[l.order[rank]]), uint64(count))
		for _, s := range sums[:count] {
			moves, hop := l.totals[s.at], s.tally.hop()
			dst = append(dst, byte(s.tally.verdict()), byte(s.tally.timeliness()), byte(hop.From), byte(hop.To))
			dst = binary.AppendUvarint(binary.AppendUvarint(dst, moves.Entered), moves.Left)
		}
		sums = sums[count:]
	}
	return dst
}

func (l *Ledger) sortedSums() []placedSum {
	l.rank()
	sums := make([]placedSum, 0, len(l.totals))
	for t, at := range l.totalOf {
		sums = append(sums, placedSum{tallyOf(l.ranks[t.class], t.verdict, 0, t.timeliness, t.hop, false), at})
	}
	slices.SortFunc(sums, func(x, y placedSum) int { return cmp.Compare(x.tally, y.tally) })
	return sums
}

func appendClass(dst []byte, c *Class) []byte {
	dst = appendText(dst, c.Path)
	for _, text := range c.Dims {
		dst = appendText(dst, text)
	}
	return dst
}

// RestoreSums reads what AppendSums wrote into an empty ledger.
func (l *Ledger) RestoreSums(data []byte) error {
	in := snapshot{pack.Reader{Rest: data}}
	in.Require(in.Byte() == sumsVersion)
	for range in.Count(2 + int(span.NumDims)) {
		class := Class{Path: in.Text()}
		for d := range class.Dims {
			class.Dims[d] = in.Text()
		}
		id := l.classID(class)
		for range in.Count(6) {
			t := total{class: id, verdict: journey.Verdict(in.Byte()), timeliness: journey.Timeliness(in.Byte()),
				hop: journey.HopID{From: span.Stage(in.Byte()), To: span.Stage(in.Byte())}}
			moves := Moves{Entered: in.Uvarint(), Left: in.Uvarint()}
			in.Require(t.verdict < journey.NumVerdicts && t.timeliness < journey.NumTimeliness && t.hop.From < span.NumStages && t.hop.To < span.NumStages)
			if in.Bad {
				break
			}
			l.sum(t.verdict, l.totalAt(t), moves)
		}
	}
	if !in.Whole() {
		return fmt.Errorf("%w: sums of the ledger", ErrMalformed)
	}
	return nil
}

// savedTimes is one page of the latencies; Minute is -1 for all time.
type savedTimes struct {
	Path   string
	Minute int64
	Times  PathTimes
}

const allTime = -1

// Save writes the latencies.
func (l *Latency) Save(w io.Writer) error {
	pages := make([]savedTimes, 0, len(l.pages)+len(l.totals))
	for path, times := range l.totals {
		pages = append(pages, savedTimes{path, allTime, *times})
	}
	for at, times := range l.pages {
		pages = append(pages, savedTimes{at.path, at.minute, *times})
	}
	slices.SortFunc(pages, func(x, y savedTimes) int {
		if x.Minute != y.Minute {
			return int(x.Minute - y.Minute)
		}
		return strings.Compare(x.Path, y.Path)
	})
	return gob.NewEncoder(w).Encode(pages)
}

// Restore reads what Save wrote into empty latencies.
func (l *Latency) Restore(r io.Reader) error {
	var pages []savedTimes
	if err := gob.NewDecoder(r).Decode(&pages); err != nil {
		return fmt.Errorf("read the latencies: %w", err)
	}
	for i := range pages {
		if p := &pages[i]; p.Minute == allTime {
			l.totals[p.Path] = &p.Times
		} else {
			l.pages[pathMinute{p.Path, p.Minute}] = &p.Times
		}
	}
	return nil
}
