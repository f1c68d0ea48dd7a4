// SPDX-License-Identifier: Apache-2.0

package crash_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// kill is how one process of a round ends.
type kill struct {
	point string        // at which it ends itself; empty: it is killed from outside
	turn  int           // at which passing of the point
	after time.Duration // its start, when it is killed from outside
	slow  time.Duration // that it waits at the point, while all else goes on
}

func (k kill) String() string {
	if k.point == "" {
		return fmt.Sprintf("kill -9 after %v", k.after)
	}
	return fmt.Sprintf("%s:%d:%v", k.point, k.turn, k.slow)
}

// passings are about how often a process under the load passes a point; where
// nothing is said, once.
func passings(point string) int {
	often := map[string]int{"log.": 50, "fold.": 50, "store.": 6, "store.merged": 1, "store.retiring": 2, "snapshot.": 3, "relay.": 20, "spans.": 2, "queue.": 4}
	if n, ok := often[point]; ok {
		return n
	}
	step, _, _ := strings.Cut(point, ".")
	return max(1, often[step+"."])
}

// slow is long enough to tell a sender what was promised to it.
const slow = 30 * time.Millisecond

// drawKills draws one to three of them. In every other round the last is at the point
// whose turn it is, so that none is left to chance.
func drawKills(random *rand.Rand, names []string, round uint64) []kill {
	kills := make([]kill, 1+random.IntN(3))
	for i := range kills {
		point := names[random.IntN(len(names))]
		switch {
		case i == len(kills)-1 && round%2 == 0:
			point = names[round/2%uint64(len(names))]
		case random.IntN(2) == 0:
			kills[i] = kill{after: time.Duration(20+random.IntN(1500)) * time.Millisecond}
			continue
		}
		if i == 0 && point == "start.replayed" {
			point = "start.restored" // there is no log yet
		}
		kills[i] = kill{point: point, turn: 1 + random.IntN(passings(point)), slow: time.Duration(random.IntN(2)) * slow}
	}
	return kills
}
