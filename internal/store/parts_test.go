// SPDX-License-Identifier: Apache-2.0

package store

import (
	"crypto/sha256"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
)

// step is one step of a log, with what tracking settles and counting changes in it.
type step struct {
	logTime int64
	settled []journey.Delivery
	changes []LedgerRow
}

// logOf makes a log of a step a second.
func logOf(platform *platform, steps, perStep int) []step {
	made := make([]step, steps)
	for i := range made {
		at := morning + int64(i)*int64(time.Second)
		made[i] = step{logTime: at, settled: platform.deliveries(perStep, at)}
		for _, row := range made[i].settled {
			made[i].changes = append(made[i].changes, LedgerRow{Minute: row.Started / int64(time.Minute), Path: row.Path,
				Dims: row.Dims, Verdict: row.Verdict, Reason: row.Reason, Timeliness: row.Timeliness, Hop: row.Hop, Entered: 1})
		}
	}
	return made
}

// replay opens the parts of a folder and folds a log from its beginning up to
// its step "until", as the app does after a restart.
func replay(t *testing.T, opts Options, log []step, until int) *Parts {
	t.Helper()
	var pending []LedgerRow
	opts.Ledger = func() []LedgerRow {
		changes := pending
		pending = nil
		return changes
	}
	parts, err := Open(opts)
	if err != nil {
		t.Fatal(err)
	}
	mark := parts.Mark()
	for i, step := range log[:until] {
		at := journey.Position(i + 1)
		if at > mark {
			pending = append(pending, step.changes...)
		}
		if err := fold(parts, at, step.logTime, step.settled); err != nil {
			t.Fatal(err)
		}
	}
	return parts
}

// fold adds what a step settled and ends it.
func fold(parts *Parts, at journey.Position, now int64, settled []journey.Delivery) error {
	if err := parts.Add(at, settled); err != nil {
		return err
	}
	return parts.Fold(at, now)
}

// stored is every row of the parts and the tail by id, and fails on a row that is there twice.
func stored(t *testing.T, parts *Parts) map[string]journey.Delivery {
	t.Helper()
	rows := map[string]journey.Delivery{}
	add := func(d journey.Delivery) {
		if _, twice := rows[d.ID]; twice {
			t.Fatalf("delivery %s is stored twice", d.ID)
		}
		rows[d.ID] = d
	}
	view := look(parts)
	defer closeView(t, view)
	for _, part := range view.Parts() {
		found, err := part.all()
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range found {
			add(d)
		}
	}
	view.Tail(func(row TailRow, _ *journey.Delivery) bool { add(row.Whole()); return true })
	return rows
}

func closeView(t *testing.T, view *View) {
	t.Helper()
	if err := view.Close(); err != nil {
		t.Error(err)
	}
}

func wantRows(t *testing.T, parts *Parts, log []step) {
	t.Helper()
	got, count := stored(t, parts), 0
	for _, step := range log {
		for _, want := range step.settled {
			count++
			if row := got[want.ID]; !reflect.DeepEqual(row, want) {
				t.Fatalf("row %s\ngot  %+v\nwant %+v", want.ID, row, want)
			}
		}
	}
	if len(got) != count {
		t.Fatalf("%d rows stored, want %d", len(got), count)
	}
}

// wantLedger sums the stored ledger and compares it with the steps up to the mark.
func wantLedger(t *testing.T, parts *Parts, log []step) {
	t.Helper()
	sum := func(sums map[LedgerRow]int, row LedgerRow) {
		count := int(row.Entered) - int(row.Left)
		row.Entered, row.Left = 0, 0
		sums[row] += count
	}
	got, want := map[LedgerRow]int{}, map[LedgerRow]int{}
	if err := parts.LoadLedger(func(row LedgerRow) { sum(got, row) }); err != nil {
		t.Fatal(err)
	}
	for _, step := range log[:parts.Mark()] {
		for _, row := range step.changes {
			sum(want, row)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("the ledger has %d tallies that differ from the %d of the log up to %d", len(got), len(want), parts.Mark())
	}
}

// files are the digests of every file below a folder.
func files(t *testing.T, folder string) map[string][32]byte {
	t.Helper()
	digests := map[string][32]byte{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		relative, _ := filepath.Rel(folder, path)
		digests[relative] = sha256.Sum256(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return digests
}

func TestEveryRowIsStoredOnceInTailAndParts(t *testing.T) {
	t.Parallel()
	log := logOf(newPlatform(1), 95, 20)
	parts := replay(t, Options{Dir: t.TempDir()}, log, len(log))
	stats := parts.Stats()
	if stats.Flushes != 9 || stats.Parts != 9 || stats.TailRows != 4*20 {
		t.Fatalf("95 seconds gave %+v, want 9 flushes and the rows of 4 seconds in the tail", stats)
	}
	if parts.Mark() != 91 {
		t.Fatalf("mark is %d, want 91: the step that begins the tenth period", parts.Mark())
	}
	wantRows(t, parts, log)
	wantLedger(t, parts, log)
	folder := filepath.Join(parts.opts.Dir, "verdicts", "day=2026-11-02")
	if name := filepath.Join(folder, "verdicts-000-0000000000000001-0000000000000011.parquet"); parts.verdicts[0].Path() != name {
		t.Fatalf("first part is %s, want %s", parts.verdicts[0].Path(), name)
	}
}

func TestReplayWritesTheSameBytes(t *testing.T) {
	t.Parallel()
	log := logOf(newPlatform(2), 200, 2)
	copy(log[60:120], logOf(newPlatform(13), 200, 15)[60:]) // a minute in which the tail is full before its time
	opts := Options{MaxTailRows: 100, MergeEvery: time.Minute}
	opts.Dir = t.TempDir()
	unbroken := replay(t, opts, log, len(log))
	want := files(t, opts.Dir)
	opts.Dir = t.TempDir()
	for _, until := range []int{1, 10, 11, 37, 64, 65, 150, len(log)} {
		replay(t, opts, log, until) // and the process is killed
	}
	if got := files(t, opts.Dir); !reflect.DeepEqual(got, want) {
		t.Fatalf("eight restarts gave %d files that differ from the %d of an unbroken run", len(got), len(want))
	}
	if unbroken.Stats().Merges == 0 {
		t.Fatal("no parts were merged, so this proved less than it should")
	}
}

func TestNothingDueWritesNothing(t *testing.T) {
	t.Parallel()
	log := logOf(newPlatform(3), 100, 0)
	parts := replay(t, Options{Dir: t.TempDir()}, log, len(log))
	if parts.Mark() != 0 || len(files(t, parts.opts.Dir)) != 0 {
		t.Fatalf("an idle log gave mark %d and %d files", parts.Mark(), len(files(t, parts.opts.Dir)))
	}
}

func TestRetentionDropsTheOldestPartsAndSparesOpenViews(t *testing.T) {
	t.Parallel()
	log := logOf(newPlatform(7), 101, 10)
	for name, opts := range map[string]Options{
		"by age":   {MaxAge: 30 * time.Second},
		"by bytes": {MaxBytes: 1},
	} {
		t.Run(name, func(t *testing.T) {
			opts.Dir = t.TempDir()
			parts := replay(t, opts, log, 21)
			view := look(parts)
			held := view.Parts()[0]
			for i := 21; i < len(log); i++ {
				if err := fold(parts, journey.Position(i+1), log[i].logTime, log[i].settled); err != nil {
					t.Fatal(err)
				}
			}
			oldest := parts.verdicts[0]
			if age := parts.logTime - oldest.footer.LogTime; oldest == held || age > int64(30*time.Second) {
				t.Fatalf("the oldest part is %s old", time.Duration(age))
			}
			if _, err := held.Rows([]int64{0, 2}); err != nil {
				t.Fatalf("a view lost its part: %v", err)
			}
			closeView(t, view)
			if _, err := os.Stat(held.path); !os.IsNotExist(err) {
				t.Fatalf("a retired part stays after the view is closed: %v", err)
			}
		})
	}
}

func TestSmallPartsAreMerged(t *testing.T) {
	t.Parallel()
	log := logOf(newPlatform(8), 3*600, 2)
	opts := Options{Dir: t.TempDir(), MaxTailRows: 700}
	parts := replay(t, opts, log, len(log))
	stats := parts.Stats()
	if stats.Parts > 2*3+60 || stats.Merges < 4 {
		t.Fatalf("half an hour gave %+v", stats)
	}
	for _, part := range parts.verdicts {
		if part.rows > 700 {
			t.Errorf("%s has %d rows, more than a part should", part.path, part.rows)
		}
	}
	wantRows(t, parts, log)
	wantLedger(t, parts, log)

	merged := parts.verdicts[0]
	covered := partPath(&opts, verdictParts, 1, 11, morning)
	data, err := os.ReadFile(merged.path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(covered, data, 0o644); err != nil { // as if the crash had come before it was removed
		t.Fatal(err)
	}
	wantRows(t, replay(t, opts, log, len(log)), log)
}

func TestLargePartsStayAsTheyAre(t *testing.T) {
	t.Parallel()
	log := logOf(newPlatform(14), 601, 4)
	copy(log[300:400], logOf(newPlatform(15), 400, 1)[300:])
	parts := replay(t, Options{Dir: t.TempDir(), MaxTailRows: 150}, log, len(log))
	merged := 0
	for _, part := range parts.verdicts {
		if part.footer.Merged {
			merged++
			if part.rows < 20 || part.from < 300 || part.to > 402 {
				t.Errorf("%s has %d rows and was merged", part.path, part.rows)
			}
		}
	}
	if merged != 1 {
		t.Errorf("%d parts were merged of those between large ones, want all into 1", merged)
	}
	wantRows(t, parts, log)
}

func TestLedgerOfAnEndedDayBecomesOnePart(t *testing.T) {
	t.Parallel()
	log := logOf(newPlatform(9), 200, 3)
	for i := range log {
		log[i].logTime = morning + int64(i)*int64(10*time.Minute) // 33 hours
	}
	parts := replay(t, Options{Dir: t.TempDir()}, log, len(log))
	if first := parts.ledger[0]; !first.footer.Merged || first.to < 100 {
		t.Fatalf("the first ledger part reaches to step %d of 138 of its day", first.to)
	}
	wantLedger(t, parts, log)
}

func TestFullTailIsFlushedBeforeThePeriodEnds(t *testing.T) {
	t.Parallel()
	log := logOf(newPlatform(10), 5, 30)
	parts := replay(t, Options{Dir: t.TempDir(), MaxTailRows: 50}, log, len(log))
	if parts.Mark() != 4 || parts.Stats().Flushes != 2 {
		t.Fatalf("five steps of 30 rows with room for 50: mark %d, %+v", parts.Mark(), parts.Stats())
	}
	wantRows(t, parts, log)
}

func TestRowsThatContradictTheirKeyAreRefused(t *testing.T) {
	t.Parallel()
	parts := replay(t, Options{Dir: t.TempDir()}, nil, 0)
	for _, d := range []journey.Delivery{{ID: "a/b", Key: "c"}, {ID: "a/", Key: "a", Recipient: "b"}, {ID: "a", Key: "a"}} {
		if err := parts.Add(1, []journey.Delivery{d}); err == nil || parts.Stats().TailRows != 0 {
			t.Errorf("%+v was taken: %v", d, err)
		}
	}
}
