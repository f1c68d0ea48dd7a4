// SPDX-License-Identifier: Apache-2.0

package track

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
)

// Leaks names what a tracker still holds; empty when it holds nothing.
func (t *Tracker) Leaks() string {
	held := fmt.Sprint(t.groups.live(), t.groups.open.Live(), t.groups.frozen.Live(), t.held, t.stamps.runs.Live(), t.edges.Live(), t.told.Live(), t.profiles.slab.Live(), t.texts.slots.Live(),
		t.timers.Len(), t.traces.Len(), t.byID.Len(), len(t.places), t.profiles.index.Len(),
		t.offers.Len(), t.sought.Len(), t.seeks.Live(), t.rests.Len(), t.planned, t.resting, t.deliveries, t.textBytes, t.linkBytes)
	if strings.Trim(held, "0 ") == "" {
		return ""
	}
	return "groups open frozen stamps runs edges told profiles texts timers traces byID places profiles offers sought seeks rests planned resting deliveries text links: " + held
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

// SnapshotHead is what a snapshot begins with.
func SnapshotHead() []byte {
	return binary.LittleEndian.AppendUint16([]byte(snapshotMagic), snapshotVersion)
}

// Load is what the bound of what rests is compared with.
func (t *Tracker) Load() int64 { return t.load() }

// FreezeAll freezes every group that may be, and tells how many are.
func (t *Tracker) FreezeAll() (frozen int) {
	t.sweep(int(t.groups.open.Used()))
	return t.groups.frozen.Live()
}

// Gathered is how many stamps and copies of them the last assessment gathered.
func (t *Tracker) Gathered() int { return t.assessor.gathered() }

// MaxCopies is how many of them there may be for each span and link.
const MaxCopies = maxCopies

// AssessAnew makes a tracker do without plans.
func (t *Tracker) AssessAnew() { t.assessor.doWithout() }

// Plans is how many shapes have one, and of how many it is known that they cannot.
func (t *Tracker) Plans() (plans, general int) { return t.assessor.planned() }

// Thaw opens groups as a step does, and tells how many it thawed.
func (t *Tracker) Thaw(from, count uint32) int {
	t.warmGroups(from, from+count)
	for g := from; g < from+count; g++ {
		t.groups.at(g)
	}
	return len(t.thawed)
}

// Refreeze freezes them again.
func (t *Tracker) Refreeze() { t.refreeze() }

// Recode thaws what is frozen, freezes it and thaws it again. It names the first group
// of which that gives other bytes; 0: none.
func (t *Tracker) Recode() (differs uint32) {
	for g := uint32(1); g <= t.groups.highest() && differs == 0; g++ {
		if !t.groups.isFrozen(g) {
			continue
		}
		group := t.groups.at(g)
		before := t.encode(nil, group)
		t.freeze(group)
		if after := t.encode(nil, t.groups.at(g)); !bytes.Equal(before, after) {
			differs = g
		}
	}
	t.refreeze()
	return differs
}
