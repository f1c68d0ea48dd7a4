// SPDX-License-Identifier: Apache-2.0

package track

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/track/frames"
	"github.com/hopstamp/hopstamp/internal/track/gather"
)

// Leaks names what a tracker still holds; empty when it holds nothing.
func (t *Tracker) Leaks() string {
	held := fmt.Sprint(t.state.Groups.Live(), t.state.Groups.Open.Live(), t.state.Groups.Frozen.Live(), t.state.NumStamps, t.state.Stamps.Runs.Live(), t.state.Edges.Live(), t.state.Told.Live(), t.state.Profiles.Live(), t.state.Texts.Slots.Live(),
		t.timers.Len(), t.state.Traces.Len(), t.state.ByID.Len(), len(t.state.Places),
		t.state.Offers.Len(), t.state.Sought.Len(), t.state.Seeks.Live(), t.rests.Len(), t.planned, t.resting, t.state.NumTold, t.state.TextBytes, t.state.LinkBytes)
	if strings.Trim(held, "0 ") == "" {
		return ""
	}
	return "groups open frozen stamps runs edges told profiles texts timers traces byID places offers sought seeks rests planned resting deliveries text links: " + held
}

// Pass lets time pass, whatever comes of it.
func (t *Tracker) Pass(at journey.Position, now int64) {
	for effects := t.Tick(at, now); effects != nil; effects = t.More() {
		continue
	}
}

// SettleAtOnce changes how many deliveries do before the rest is left to More.
func (t *Tracker) SettleAtOnce(deliveries int) { t.atOnce = deliveries }

// FreezeAfter changes how long a group is left alone before it is frozen.
func (t *Tracker) FreezeAfter(idle time.Duration) { t.idleBefore, t.options.MaxOpen = idle, 0 }

// Pausing takes journeys of so many nodes for large, and leaves each alone for so long for
// each of them.
func (o Options) Pausing(nodes int, each time.Duration) Options {
	o.manyNodes, o.pauseEach = nodes, each
	return o
}

// Pauses tells whether what is small is taken for large.
func (o Options) Pauses() bool { return o.manyNodes != 0 && o.manyNodes != manyNodes }

// SnapshotHead is what a snapshot begins with.
func SnapshotHead() []byte {
	return binary.LittleEndian.AppendUint16([]byte(frames.Magic), frames.Version)
}

// Load is what the bound of what rests is compared with.
func (t *Tracker) Load() int64 { return t.state.Load() }

// FreezeAll freezes every group that may be, and tells how many are.
func (t *Tracker) FreezeAll() (frozen int) {
	t.sweep(int(t.state.Groups.Open.Used()))
	return t.state.Groups.Frozen.Live()
}

// Gathered is how many stamps and copies of them the last assessment gathered.
func (t *Tracker) Gathered() int { return t.assessor.Gathered() }

// MaxCopies is how many of them there may be for each span and link.
const MaxCopies = gather.MaxCopies

// AssessAnew makes a tracker do without plans.
func (t *Tracker) AssessAnew() { t.assessor.DoWithout() }

// Plans is how many shapes have one, and of how many it is known that they cannot.
func (t *Tracker) Plans() (plans, general int) { return t.assessor.Planned() }

// Thaw opens groups as a step does, and tells how many it thawed.
func (t *Tracker) Thaw(from, count uint32) int {
	t.state.WarmGroups(from, from+count)
	for g := from; g < from+count; g++ {
		t.state.Groups.At(g)
	}
	return len(t.state.Thawed)
}

// Refreeze freezes them again.
func (t *Tracker) Refreeze() { t.refreeze() }

// Recode thaws what is frozen, freezes it and thaws it again. It names the first group
// of which that gives other bytes; 0: none.
func (t *Tracker) Recode() (differs uint32) {
	for g := uint32(1); g <= t.state.Groups.Highest() && differs == 0; g++ {
		if !t.state.Groups.IsFrozen(g) {
			continue
		}
		group := t.state.Groups.At(g)
		before := t.state.Encode(nil, group)
		t.state.Freeze(group)
		if after := t.state.Encode(nil, t.state.Groups.At(g)); !bytes.Equal(before, after) {
			differs = g
		}
	}
	t.refreeze()
	return differs
}
