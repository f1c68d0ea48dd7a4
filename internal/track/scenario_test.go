// SPDX-License-Identifier: Apache-2.0

package track_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track"
)

// The scenarios in testdata/scenarios read like stories. Their commands:
//
//	paths                 name [service= route= name= topic= until= deadline= give_up=] a line
//	options orphans=6h max_bytes=1000    how long spans wait for the message they belong to, and the bound
//	step at=2s            spans arrive in the log at this time; prints what the ledger is told
//	tick at=10s           the log's time passes; prints the same
//	throttled at=10s      so it does, and until then senders were told to come back later
//	message id=X          the journey as it is known
//	ledger                the sums
//	holds                 what the tracker holds
//
// A span is written `trace/span [^parent] stage|kind service start..end [key=value ...] [error]`,
// with times in milliseconds from the beginning of the story. A link is
// `link=trace/span;id=m-1`: where it leads, if anywhere, and what it says of its message.
func TestScenarios(t *testing.T) {
	datadriven.Walk(t, "testdata/scenarios", func(t *testing.T, path string) {
		w := newWorld(track.Options{})
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			return w.run(t, d)
		})
	})
}

// world is a tracker and the ledger that its effects add up to.
type world struct {
	tracker  *track.Tracker
	options  track.Options
	position journey.Position
	ledger   map[journey.Tally]int
	settled  []journey.Delivery
	samples  int
}

// dawn is when every story begins.
var dawn = time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC).UnixNano()

func newWorld(options track.Options) *world {
	return &world{tracker: track.New(options), options: options, ledger: map[journey.Tally]int{}}
}

func (w *world) run(t *testing.T, d *datadriven.TestData) string {
	var at time.Duration
	if d.HasArg("at") {
		var text string
		d.ScanArgs(t, "at", &text)
		at, _ = time.ParseDuration(text)
	}
	switch d.Cmd {
	case "options":
		var text string
		if d.MaybeScanArgs(t, "orphans", &text) {
			w.options.Orphans, _ = time.ParseDuration(text)
		}
		d.MaybeScanArgs(t, "max_bytes", &w.options.MaxBytes)
		w.tracker = track.New(w.options)
		return "ok\n"
	case "paths":
		for _, line := range strings.Split(d.Input, "\n") {
			w.options.Paths = append(w.options.Paths, parsePath(t, line))
		}
		w.tracker = track.New(w.options)
		return "ok\n"
	case "step":
		batch := &span.Batch{}
		batch.Reset()
		for _, line := range strings.Split(d.Input, "\n") {
			parseSpan(t, batch, line)
		}
		return w.step(batch, dawn+int64(at))
	case "tick":
		w.position++
		return w.take(w.tracker.Tick(w.position, dawn+int64(at)))
	case "throttled":
		batch := &span.Batch{Symbols: []string{""}, Throttled: true}
		return w.step(batch, dawn+int64(at))
	case "message":
		var id string
		d.ScanArgs(t, "id", &id)
		if len(id) < 3 {
			id = fmt.Sprintf("%x", traceID(id))
		}
		return w.show(id)
	case "ledger":
		return w.sums()
	case "holds":
		traces, stamps := w.tracker.Size()
		c := w.tracker.Counts()
		out := fmt.Sprintf("%d traces, %d stamps; took %d, %d duplicates, %d late, %d unjoined; %d settled",
			traces, stamps, c.Stamps, c.Duplicates, c.Late, c.Unjoined, len(w.settled))
		if resting := w.tracker.Resting(); resting+int(c.Evicted) > 0 {
			out += fmt.Sprintf("; %d rest, %d evicted", resting, c.Evicted)
		}
		return out + "\n"
	}
	t.Fatalf("%s: unknown command %q", d.Pos, d.Cmd)
	return ""
}

func (w *world) step(batch *span.Batch, received int64) string {
	w.position++
	batch.Received = received
	return w.take(w.tracker.Step(w.position, batch))
}

func (w *world) take(effects *journey.Effects) string {
	var out strings.Builder
	for ; effects != nil; effects = w.tracker.More() {
		w.takeOne(effects, &out)
	}
	return out.String()
}

func (w *world) takeOne(effects *journey.Effects, out *strings.Builder) {
	for _, entry := range effects.Entries {
		fmt.Fprintf(out, "%+d %s\n", entry.Delta, w.describe(entry.Tally))
		if w.ledger[entry.Tally] += int(entry.Delta); w.ledger[entry.Tally] == 0 {
			delete(w.ledger, entry.Tally)
		}
	}
	for _, d := range effects.Settled {
		if d.Verdict == journey.NoVerdict {
			fmt.Fprintf(out, "taken back %s\n", d.ID)
			continue
		}
		fmt.Fprintf(out, "settled %s: %s\n", d.ID, d.Verdict)
		w.settled = append(w.settled, cloneOf(d))
	}
	w.samples += len(effects.Samples)
}

func (w *world) describe(tally journey.Tally) string {
	class := w.tracker.Class(tally.Class)
	parts := []string{w.tracker.Text(class.Path)}
	for d, symbol := range class.Dims {
		if symbol != 0 {
			parts = append(parts, span.Dim(d).String()+"="+w.tracker.Text(symbol))
		}
	}
	parts = append(parts, tally.Verdict.String(), tally.Reason.String())
	if tally.Estimated {
		parts = append(parts, "estimated")
	}
	for _, part := range []string{tally.Hop.String(), tally.Timeliness.String()} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if minute := tally.Minute - dawn/60e9; minute != 0 {
		parts = append(parts, fmt.Sprintf("minute%+d", minute))
	}
	return strings.Join(parts, " ")
}

func (w *world) show(id string) string {
	v, ok := w.tracker.View(id)
	if !ok {
		return "unknown\n"
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%s on path %s, %d traces\n", v.Key, v.Path, len(v.Traces))
	for i, s := range v.Stamps {
		stage := s.Stage.String()
		if stage == "" {
			stage = "(" + s.Kind.String() + ")"
		}
		fmt.Fprintf(&out, "  %d %s %s %v..%v", i, stage, s.Service, time.Duration(s.Start-dawn), time.Duration(s.End-dawn))
		if s.Shared > 1 {
			fmt.Fprintf(&out, " shared by %d", s.Shared)
		}
		if s.Host != "" {
			fmt.Fprintf(&out, " on %s", s.Host)
		}
		for _, j := range v.Joins {
			if j.From == i {
				fmt.Fprintf(&out, " continues %d by %s, %s", j.To, j.Rule, j.Confidence)
			}
		}
		fmt.Fprintln(&out)
	}
	for _, d := range v.Deliveries {
		fmt.Fprintf(&out, "  %s: %s %s %s %s retries=%d latency=%v\n", d.ID, d.Verdict, d.Reason, d.Hop, d.Timeliness, d.Retries, d.Latency())
		for _, h := range d.Hops {
			fmt.Fprintf(&out, "    %s: wait %v work %v own %v\n", h.HopID, h.Wait, h.Work, h.Own)
		}
	}
	return out.String()
}

func (w *world) sums() string {
	lines := map[string]int{}
	for tally, n := range w.ledger {
		lines[w.describe(tally)] += n
	}
	return sortedLines(lines)
}
