// SPDX-License-Identifier: Apache-2.0

package track

import "fmt"

// Leaks names what a tracker still holds; empty when it holds nothing.
func (t *Tracker) Leaks() string {
	held := fmt.Sprint(t.groups.live(), t.stamps.live(), t.edges.live(), t.told.live(), t.profiles.slab.live(), t.texts.live(),
		t.timers.len(), len(t.traces), len(t.byID), len(t.places), len(t.profiles.index))
	if held == "0 0 0 0 0 0 0 0 0 0 0" {
		return ""
	}
	return "groups stamps edges told profiles texts timers traces byID places profiles: " + held
}

// live is the number of slots in use.
func (t *texts) live() (n int) {
	for i := range t.classes {
		n += int(t.classes[i].used) - len(t.classes[i].free)
	}
	return n
}

func (t timers) len() int { return len(t) }
