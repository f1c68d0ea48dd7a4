// SPDX-License-Identifier: Apache-2.0

package forward

import (
	"slices"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
)

const (
	// mostAside is how many requests may be set aside; past them no others are tried.
	mostAside = 10_000
	// longestAside is the most between two tries of a request that is to blame.
	longestAside = time.Hour
	// othersShare is how many times as long as it made all wait (Retry-After) a
	// request that is to blame waits itself.
	othersShare = 10
	// offencesToBlame is from how many offences on a request is to blame.
	offencesToBlame = 2
)

// request is an item and what became of it so far, without its data.
//
//	others taken ── refused ── others taken ── refused ── others taken
//	                           offence 1 ──pause──^       offence 2 ──pause──> ...
//
// A refusal between two requests that were taken is an offence. The first proves
// nothing, as it is also what the last request before an outage is told; from the
// second on the request is to blame.
type request struct {
	item   Item
	spans  int
	traces []string

	tries   int
	began   time.Time // of the first refusal
	last    answer
	due     time.Time
	doubted bool // refused since the backend last took something

	offences int
	spacing  backoff.ExponentialBackOff
	pause    time.Duration // its own, since the last offence
	waited   time.Duration // all such pauses that ended in another offence
}

func newRequest(item Item) *request {
	item.Data = nil
	return &request{item: item, spacing: doubling(longestAside)}
}

// suspect tells whether others were taken after it was refused.
func (r *request) suspect() bool { return r.offences > 0 }

// toBlame tells whether that happened more than once.
func (r *request) toBlame() bool { return r.offences >= offencesToBlame }

// offend notes that others are taken, but not this one.
func (r *request) offend(now time.Time, giveUp time.Duration) {
	r.offences++
	r.waited += r.pause
	r.pause = r.spacing.NextBackOff()
	if giveUp > 0 { // so that the last try is when its time is over
		r.pause = min(r.pause, giveUp-r.waited)
	}
	r.pause = max(r.pause, othersShare*r.last.pause())
	r.due = now.Add(r.pause)
}

// aside are the requests that were refused and may be taken yet.
type aside struct {
	requests []*request
	count    atomic.Int64 // for who collects metrics
}

// add adds a request that is not there yet.
func (a *aside) add(r *request) {
	a.requests = append(a.requests, r)
	a.count.Store(int64(len(a.requests)))
}

// remove is content when it is not there.
func (a *aside) remove(r *request) {
	a.requests = slices.DeleteFunc(a.requests, func(other *request) bool { return other == r })
	a.count.Store(int64(len(a.requests)))
}

func (a *aside) size() int { return len(a.requests) }

// first is the request that is due first, nil when there is none.
func (a *aside) first() *request {
	if len(a.requests) == 0 {
		return nil
	}
	return slices.MinFunc(a.requests, func(r, other *request) int { return r.due.Compare(other.due) })
}

// judge tells who offended, now that the backend took something. In a time in
// which it also refused what nothing was known of, more was wrong than those that
// are suspect already, and they are not blamed for it.
func (a *aside) judge() (offenders []*request) {
	strangers := slices.ContainsFunc(a.requests, func(r *request) bool { return r.doubted && !r.suspect() })
	for _, r := range a.requests {
		if r.doubted && (!strangers || !r.suspect()) {
			offenders = append(offenders, r)
		}
		r.doubted = false
	}
	return offenders
}
