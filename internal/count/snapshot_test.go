// SPDX-License-Identifier: Apache-2.0

package count

import (
	"bytes"
	"errors"
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/hopstamp/hopstamp/internal/journey"
)

func totalsOf(l *Ledger) map[Row]Moves {
	all := map[Row]Moves{}
	l.Totals(func(c Class, v journey.Verdict, t journey.Timeliness, hop journey.HopID, m Moves) {
		all[Row{Class: c, Verdict: v, Timeliness: t, Hop: hop}] = m
	})
	return all
}

// filled is a ledger whose classes were met in no order.
func filled(random *rand.Rand, entries int) *Ledger {
	l := NewLedger(5)
	for range entries {
		l.Apply([]journey.Entry{randomEntry(random, 40, 0)}, classNamed)
	}
	return l
}

func TestSumsAreRestored(t *testing.T) {
	t.Parallel()
	for _, entries := range []int{0, 1, 3000} {
		l := filled(rand.New(rand.NewPCG(1, uint64(entries))), entries)
		good := l.AppendSums(nil)
		again := NewLedger(5)
		if err := again.RestoreSums(good); err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(totalsOf(l), totalsOf(again)) {
			t.Errorf("%d entries: the totals differ", entries)
		}
		flying, stuck := l.OnTheWay()
		if f, s := again.OnTheWay(); again.Deliveries() != l.Deliveries() || f != flying || s != stuck {
			t.Errorf("%d entries: %d deliveries, %d on the way, %d stuck; they were %d, %d, %d", entries, again.Deliveries(), f, s, l.Deliveries(), flying, stuck)
		}
		if !bytes.Equal(again.AppendSums(nil), good) {
			t.Errorf("%d entries: equal sums give other bytes", entries)
		}
	}
}

func TestDamagedSumsAreRefused(t *testing.T) {
	t.Parallel()
	good := filled(rand.New(rand.NewPCG(2, 2)), 100).AppendSums(nil)
	for size := range good {
		if err := NewLedger(5).RestoreSums(good[:size]); !errors.Is(err, ErrMalformed) {
			t.Fatalf("the first %d of %d bytes are taken: %v", size, len(good), err)
		}
	}
	if err := NewLedger(5).RestoreSums(append(bytes.Clone(good), 0)); !errors.Is(err, ErrMalformed) {
		t.Errorf("a byte too many is taken: %v", err)
	}
	flips := rand.New(rand.NewPCG(6, 6))
	for range 5000 {
		bad := bytes.Clone(good)
		bad[flips.IntN(len(bad))] ^= byte(1 << flips.IntN(8))
		if l := NewLedger(5); l.RestoreSums(bad) == nil {
			l.AppendSums(nil)
		}
	}
}
