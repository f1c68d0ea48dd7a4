// SPDX-License-Identifier: Apache-2.0

package query

import (
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/store"
)

// TestOthersReadTheLedger sums the changes of many flushes, of which some are merged, as
// the schema of their parts says that other programs do it.
func TestOthersReadTheLedger(t *testing.T) {
	t.Parallel()
	var changes []store.LedgerRow
	w := newWorld(t, store.Options{MergeEvery: 30 * time.Second, Ledger: func() []store.LedgerRow { return changes }})
	const flushes = 7
	for i := range flushes + 1 {
		changes = nil
		for minute := range int64(3) {
			changes = append(changes,
				store.LedgerRow{Minute: minute, Path: "chat", Verdict: journey.Processed, Entered: uint64(i) + 1},
				store.LedgerRow{Minute: minute, Path: "orders", Verdict: journey.Lost, Estimated: i%2 == 0, Entered: 3, Left: 1})
		}
		if err := w.parts.Fold(journey.Position(i+1), noon+int64(i)*int64(10*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	if stats := w.parts.Stats(); stats.Merges == 0 || stats.LedgerParts < 2 {
		t.Fatalf("the parts do not have everything: %+v", stats)
	}
	db, err := w.query.duck.open()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		path, verdict string
		estimated     bool
		count         int
	}{
		{"chat", "processed", false, 3 * (2 + 3 + 4 + 5 + 6 + 7 + 8)},
		{"orders", "lost", true, 3 * 2 * 3},
		{"orders", "lost", false, 3 * 2 * 4},
	} {
		var count int
		err := db.QueryRowContext(t.Context(), `SELECT sum(entered) - sum("left") FROM read_parquet(?) WHERE path = ? AND verdict = ? AND estimated = ?`,
			w.dir+"/ledger/*/*.parquet", want.path, want.verdict, want.estimated).Scan(&count)
		if err != nil || count != want.count {
			t.Errorf("%d of %+v, %v", count, want, err)
		}
	}
}
