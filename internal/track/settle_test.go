// SPDX-License-Identifier: Apache-2.0

package track_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/span"
)

// TestNothingSettlesOnItsWay changes what fulfils a message after it ended well and before
// it was let go of: it is missed from then on, and its row says how that ended.
func TestNothingSettlesOnItsWay(t *testing.T) {
	t.Parallel()
	p := newPlatform(1, 0)
	p.message++
	p.consume(p.publish(p.server(), "orders"), "worker", true)
	f := newFolding(t)
	f.step(batchOf(p.records, dawn+4e9))
	paths := slices.Clone(f.options.Paths)
	for i := range paths {
		paths[i].Until = span.Rendered
	}
	fallback := f.options.Default
	fallback.Until = span.Rendered
	f.tracker.Reconfigure(paths, fallback)
	f.tick(dawn + int64(2*time.Minute))
	if len(f.settled) != 0 || !only(f.ledger, " stuck ") {
		t.Errorf("what is missed now has %d rows, the ledger says %v", len(f.settled), f.ledger)
	}
	f.finish()
	if len(f.settled) != 1 || !only(f.ledger, " lost ") {
		t.Errorf("nothing came: %v, %d rows", f.ledger, len(f.settled))
	}
}

// only tells whether one delivery is counted, and as what.
func only(ledger map[string]int, verdict string) bool {
	for name, count := range ledger {
		if len(ledger) == 1 && count == 1 && strings.Contains(name, verdict) {
			return true
		}
	}
	return false
}
