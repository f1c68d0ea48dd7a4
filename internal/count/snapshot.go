// SPDX-License-Identifier: Apache-2.0

package count

import (
	"encoding/gob"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/hopstamp/hopstamp/internal/journey"
)

// What the stored parts do not hold travels in snapshots: the sums over all time,
// which must not begin anew with the process, and the latencies. The bytes are a
// function of the state.

// savedSum is one of the ledger's sums over all time.
type savedSum struct {
	Class      Class
	Verdict    journey.Verdict
	Timeliness journey.Timeliness
	Hop        journey.HopID
	Moves      Moves
}

// SaveSums writes the sums over all time.
func (l *Ledger) SaveSums(w io.Writer) error {
	sums := make([]savedSum, 0, len(l.totals))
	l.Totals(func(c Class, v journey.Verdict, t journey.Timeliness, hop journey.HopID, m Moves) {
		sums = append(sums, savedSum{c, v, t, hop, m})
	})
	slices.SortFunc(sums, func(x, y savedSum) int { return compareRows(x.row(), y.row()) })
	return gob.NewEncoder(w).Encode(sums)
}

func (s *savedSum) row() Row {
	return Row{Class: s.Class, Verdict: s.Verdict, Timeliness: s.Timeliness, Hop: s.Hop}
}

// RestoreSums reads what SaveSums wrote into an empty ledger.
func (l *Ledger) RestoreSums(r io.Reader) error {
	var sums []savedSum
	if err := gob.NewDecoder(r).Decode(&sums); err != nil {
		return fmt.Errorf("read the ledger's sums: %w", err)
	}
	for i := range sums {
		s := &sums[i]
		if s.Verdict >= journey.NumVerdicts || s.Timeliness >= journey.NumTimeliness {
			return fmt.Errorf("read the ledger's sums: verdict %d, timeliness %d", s.Verdict, s.Timeliness)
		}
		t := total{class: l.classID(s.Class), verdict: s.Verdict, timeliness: s.Timeliness, hop: s.Hop}
		l.sum(s.Verdict, l.totalAt(t), s.Moves)
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
