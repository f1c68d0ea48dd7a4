// SPDX-License-Identifier: Apache-2.0

package crash_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/test/fates"
	"github.com/hopstamp/hopstamp/test/server"
)

const (
	pace         = 12 * time.Millisecond // between the requests of an exporter
	restWithin   = time.Minute
	missingAfter = 10 * time.Second // of log time, rows will not come any more
)

// round is one server, its load and its ends.
type round struct {
	t        *testing.T
	load     *load
	kind     kind
	kills    []kill
	patience time.Duration // with a crash point that was not passed when everything is sent

	server  *server.Server
	backend *backend
	drive   *drive
	watcher *watcher
	ended   []string // how each process did
	passed  map[string]bool
}

// undisturbed is the outcome of a load that nobody kills, and the server that has it.
func undisturbed(t *testing.T, l *load, k kind) (outcome, *round) {
	t.Helper()
	r := &round{t: t, load: l, kind: k}
	known := r.run()
	by := strings.Split(told, ",")
	ledger, err := server.Ask[server.Ledger](r.server, "/ledger", "by", told, "since", "6h")
	if err != nil {
		t.Fatal(err)
	}
	counted := map[string]int64{}
	for _, row := range ledger.Rows {
		count, _ := row["count"].(float64)
		counted[fates.Line(by, func(dimension string) string { return fmt.Sprint(row[dimension]) })] += int64(count)
	}
	if wrong := fates.Differences(l.truth.Ledger(by...), counted); len(wrong) > 0 {
		t.Fatalf("nobody killed the server, and its ledger is not the truth:\n%s", strings.Join(wrong, "\n"))
	}
	if known.again != 0 || known.stamps == 0 || len(known.rows) != int(l.truth.Deliveries) {
		t.Fatalf("nobody killed the server, and it has %d rows of %d deliveries, %v stamps, %v of them again",
			len(known.rows), l.truth.Deliveries, known.stamps, known.again)
	}
	return known, r
}

// told are the dimensions that the truth tells.
const told = "path,tenant,channel,destination,verdict,reason,hop,timeliness,minute"

// run the load through all the kills, let the server come to rest and see what it knows.
func (r *round) run() outcome {
	r.t.Helper()
	if r.kind.forwards {
		r.backend = newBackend(r.t)
	}
	r.server = server.Prepare(r.t, server.Options{Config: r.kind.config(r.backend.URL())})
	r.passed, r.watcher = map[string]bool{}, newWatcher()
	ctx, cancel := context.WithTimeout(r.t.Context(), 2*time.Minute)
	defer cancel()
	r.drive = start(ctx, r.load, pace*time.Duration(2+len(r.kills))/2) // so that there is load until the last
	for _, k := range r.kills {
		r.live(k)
	}
	r.again()
	<-r.drive.finished
	if err := r.drive.gaveUp(); err != nil {
		r.t.Fatal(err)
	}
	return r.rest(0)
}

// live is the life of one process, until it is killed.
func (r *round) live(k kill) {
	r.t.Helper()
	environment := []string{hurry}
	if k.point != "" {
		environment = append(environment, "HOPSTAMP_CRASH_AT="+k.String())
	}
	before, began := r.drive.acked.Load(), time.Now()
	if err := r.server.Launch(environment...); err == nil {
		defer r.watcher.watch(r.server.URL, r.server.Exited())()
		r.drive.target.set(r.server.OTLP) // it may not be ready: it says when it cannot take anything
		defer r.drive.target.set("")
	} else if k.point == "" || !r.server.Ended() {
		r.t.Fatal(err)
	}
	how := k.String()
	switch died := r.dies(k, time.Since(began)); {
	case died:
		r.passed[k.point] = true
	case k.point != "":
		how += " (not passed: killed)"
	}
	if !r.server.Ended() {
		r.server.Kill(r.t)
	}
	r.ended = append(r.ended, fmt.Sprintf("%s, %d requests later", how, r.drive.acked.Load()-before))
}

// dies waits until the process ends itself, or it is time to kill it.
func (r *round) dies(k kill, lived time.Duration) bool {
	exited := r.server.Exited()
	if k.point == "" {
		select {
		case <-exited:
			r.t.Fatal("the server ended, and nobody killed it")
		case <-time.After(k.after - lived):
		}
		return false
	}
	select {
	case <-exited:
		return true
	case <-r.drive.finished:
	}
	select {
	case <-exited:
		return true
	case <-time.After(r.patience):
		return false
	}
}

// again starts a process that nobody kills.
func (r *round) again() {
	r.t.Helper()
	if err := r.server.Launch(hurry); err != nil {
		r.t.Fatal(err)
	}
	r.drive.target.set(r.server.OTLP)
	r.server.AwaitReady(r.t)
}

// rest waits until some time has passed and time alone changes nothing any more: what
// is in the log is folded, and what is finished is let go of and on disk.
func (r *round) rest(some time.Duration) (known outcome) {
	r.t.Helper()
	began := float64(time.Now().UnixNano()) / 1e9
	server.Eventually(r.t, restWithin, func() error {
		now, err := readSeries(r.server.URL)
		r.watcher.look(now)
		passed := now["hopstamp_track_log_time_seconds"] - began
		switch {
		case err != nil:
			return err
		case passed < (some + r.kind.linger + flush).Seconds():
			return fmt.Errorf("at rest, but the log's time has gone on by %v s only", passed)
		case now["hopstamp_store_tail_rows"] > 0:
			return fmt.Errorf("%v rows are not on disk", now["hopstamp_store_tail_rows"])
		case int(now["hopstamp_store_rows"]) < r.load.settled && !r.kind.short && passed < (missingAfter+r.kind.linger).Seconds():
			return fmt.Errorf("%v rows of %d are on disk", now["hopstamp_store_rows"], r.load.settled)
		}
		return nil
	})
	known, err := read(r.server, r.kind)
	if err != nil {
		r.t.Fatal(err)
	}
	return known
}

// compare with what must be known: now, and once more after one more kill.
func (r *round) compare(want outcome, got outcome) {
	r.t.Helper()
	r.equal(want, got)
	r.server.Kill(r.t)
	r.again()
	r.ended = append(r.ended, "kill -9 at rest")
	again := r.rest(0)
	r.equal(want, again)
	r.same(folded(got.series), folded(again.series))
}

// equal ends the test when they are not, and keeps the data for whoever looks for the reason.
func (r *round) equal(want, got outcome) {
	r.t.Helper()
	wrong := errors.Join(want.differs(got, r.drive.repeated.Load(), r.kind), r.watcher.complaints(got.series))
	if !r.kind.short {
		wrong = errors.Join(wrong, r.kept())
	}
	if wrong == nil {
		return
	}
	still := "is as it must be when asked again"
	if again, err := read(r.server, r.kind); err != nil || want.differs(again, r.drive.repeated.Load(), r.kind) != nil {
		still = "is not as it must be when asked again, either"
	}
	r.server.Kill(r.t)
	kept := filepath.Join("..", "out", strings.ReplaceAll(r.t.Name(), "/", "-"))
	err := errors.Join(os.RemoveAll(kept), os.MkdirAll(filepath.Dir(kept), 0o755), os.CopyFS(kept, os.DirFS(r.server.Data)))
	r.t.Fatalf("%s\n%v\nIt %s. The data is in %s (%v).", r, wrong, still, kept, err)
}

// same complains of what the log decides when it changed over a kill at rest. Where there
// are several partitions, what one tells another is told once more by a start.
func (r *round) same(before, after map[string]string) {
	r.t.Helper()
	for line := range union(before, after) {
		if before[line] != after[line] && r.kind.partitions == 1 {
			r.t.Errorf("%s: %s was %s before a kill at rest and is %s after it", r, line, before[line], after[line])
		}
	}
}

func (r *round) String() string { return strings.Join(r.ended, "; ") }
