// SPDX-License-Identifier: Apache-2.0

package crash_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

const (
	perRound = 3   // crash points that one round goes through
	enough   = 100 // rounds for every crash point to be drawn
)

// Whenever the server dies, what it knows in the end is as if it had not.
func TestCrashes(t *testing.T) {
	l := newLoad()
	want := map[string]outcome{}
	for _, k := range kinds[:2] {
		want[k.name], _ = undisturbed(t, l, k)
	}
	for _, k := range kinds[2:] {
		want[k.name] = want[kinds[0].name]
	}
	t.Run("points", func(t *testing.T) {
		for n, k := range kinds {
			names := k.points()
			if n > 0 { // those that the first does not pass
				names = slices.DeleteFunc(names, func(name string) bool { return only[name] == "" })
			}
			for some := range slices.Chunk(names, perRound) {
				t.Run(fmt.Sprint(k.name, some), func(t *testing.T) { pass(&round{t: t, load: l, kind: k}, want[k.name], some) })
			}
		}
	})
	t.Run("rounds", func(t *testing.T) {
		died := map[string]int{}
		for n := range *roundsFlag {
			seed := *seedFlag + uint64(n)
			t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
				began := time.Now()
				r := drawn(t, l, seed)
				r.compare(want[r.kind.name], r.run())
				for name := range r.passed {
					died[name]++
				}
				t.Logf("round %d of %d, seed %d, %s: equal after %v: %s", n+1, *roundsFlag, seed, r.kind.name, time.Since(began).Round(10*time.Millisecond), r)
			})
		}
		t.Logf("deaths by crash point: %v", died)
		for _, name := range kinds[0].points() {
			if *roundsFlag >= enough && died[name] == 0 {
				t.Errorf("in %d rounds no server died at %s", *roundsFlag, name)
			}
		}
	})
}

// pass goes through some crash points, each of which has to be passed.
func pass(r *round, want outcome, names []string) {
	r.patience = 5 * time.Second
	random := rand.New(rand.NewPCG(*seedFlag, 0))
	for _, name := range names {
		r.kills = append(r.kills, kill{point: name, turn: 1 + random.IntN(max(1, passings(name)/4)), slow: slow})
	}
	r.compare(want, r.run())
	for _, name := range names {
		if !r.passed[name] {
			r.t.Errorf("%s was not passed: %s", name, r)
		}
	}
	r.t.Log(r)
}

// drawn is the round of a seed. Half of them are of the first kind.
func drawn(t *testing.T, l *load, seed uint64) *round {
	random := rand.New(rand.NewPCG(seed, 1))
	r := &round{t: t, load: l, kind: kinds[max(0, random.IntN(2*len(kinds)-2)-len(kinds)+2)], patience: 300 * time.Millisecond}
	r.kills = drawKills(random, r.kind.points(), seed)
	return r
}
