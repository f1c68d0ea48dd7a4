// SPDX-License-Identifier: Apache-2.0

package demo

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/hopstamp/hopstamp/demo/fault"
	"github.com/hopstamp/hopstamp/demo/tally"
)

// teller tells the story: one aligned line for each thing that happens. Safe for concurrent use.
type teller struct {
	start time.Time
	mu    sync.Mutex
	out   io.Writer
}

func newTeller(out io.Writer) *teller { return &teller{start: time.Now(), out: out} }

// opening says what is about to run.
func (t *teller) opening(o Options, p *platform) {
	t.note(fmt.Sprintf("quickconnect is up: %d tenants, %d devices, %g messages/s, faults: %s, telemetry to %s",
		len(p.directory.Tenants), len(p.directory.Users()), o.Rate, o.Faults, o.OTLPEndpoint))
}

// change says that a fault came or went, and what to look for.
func (t *teller) change(e fault.Event) {
	if e.On {
		t.line(e.Fault.Name, "ON ", fmt.Sprintf("%s → look for %s", e.Fault.Story, e.Fault.Look))
		return
	}
	t.line(e.Fault.Name, "OFF", "mended")
}

// note says anything else that is worth a line.
func (t *teller) note(text string) { t.line("", "   ", text) }

// statusUntil tells at intervals what the platform itself knows, until ctx ends.
func (t *teller) statusUntil(ctx context.Context, tally *tally.Tally) {
	ticker := time.NewTicker(statusEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			t.status(tally)
		}
	}
}

// status tells what the platform itself knows now.
func (t *teller) status(tally *tally.Tally) { t.line("status", "   ", tally.String()) }

func (t *teller) line(subject, state, text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	passed := time.Since(t.start).Round(time.Second)
	_, _ = fmt.Fprintf(t.out, "%02d:%02d  %-16s %s  %s\n",
		int(passed.Minutes()), int(passed.Seconds())%60, subject, state, text)
}
