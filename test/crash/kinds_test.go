// SPDX-License-Identifier: Apache-2.0

package crash_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/crashpoint"
	"github.com/hopstamp/hopstamp/test/fates"
)

// kind of round: how the server is set up.
type kind struct {
	name       string
	partitions int
	linger     time.Duration // of a finished journey
	short      bool          // of disk: rows are removed all the time
	forwards   bool          // what is kept, to a backend
	replays    bool          // a start folds the whole log: there are no snapshots
}

// Where there are several partitions, the parts of a message are in several logs, and
// what one has to tell another may wait through an outage: a journey has to stay open
// for longer than that.

var kinds = []kind{
	{name: "plain", partitions: 1, linger: brief},
	{name: "partitions", partitions: 3, linger: 12 * time.Second},
	{name: "forwarding", partitions: 1, linger: brief, forwards: true},
	{name: "short of disk", partitions: 1, linger: brief, short: true},
}

const (
	brief    = 300 * time.Millisecond
	flush    = 200 * time.Millisecond
	merge    = time.Second
	snapshot = 500 * time.Millisecond
)

// hurry makes the server do in seconds what it otherwise does in minutes.
var hurry = fmt.Sprintf("HOPSTAMP_CRASH_EVERY=flush:%v,merge:%v,spans:%v", flush, merge, flush)

// config lets journeys go as soon as they are finished, and keeps what must be kept
// without a budget.
func (k kind) config(backend string) string {
	every := snapshot
	if k.replays {
		every = time.Hour
	}
	text := fates.Config + fmt.Sprintf("\ntrack: {linger: %v, snapshot_every: %v}\nmetrics: {every: 1s}\nlog: {partitions: %d}\n", k.linger, every, k.partitions)
	forward := ""
	if k.forwards {
		forward = fmt.Sprintf(", forward: [{endpoint: %q, compression: none}]", backend)
	}
	text += fmt.Sprintf("sample: {delay: %v, spans_per_second: 0%s}\n", brief, forward)
	if k.short {
		text += "store: {max_bytes: 60000}\n"
	}
	return text
}

// only are the points that one kind alone passes.
var only = map[string]string{"store.retiring": "short of disk", "relay.appended": "partitions", "queue.added": "forwarding"}

// points that the kind passes.
func (k kind) points() (names []string) {
	for _, p := range crashpoint.Points() {
		if of := only[p.Name]; of == "" || of == k.name {
			names = append(names, p.Name)
		}
	}
	return names
}

// Every point is passed by some kind.
func TestKindsPassEveryPoint(t *testing.T) {
	t.Parallel()
	passed := map[string]bool{}
	for _, k := range kinds {
		for _, name := range k.points() {
			passed[name] = true
		}
	}
	for _, p := range crashpoint.Points() {
		if !passed[p.Name] {
			t.Errorf("no kind of round passes %s", p.Name)
		}
	}
}
