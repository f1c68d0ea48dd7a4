// SPDX-License-Identifier: Apache-2.0

package state

import "time"

// Throttle is the last time in which senders had to come back later, because they were
// told to or could not be heard. What they have is not here, so that what is missing
// says nothing. Both are of the log's time.
type Throttle struct {
	Since int64 // all that was sent before has come
	Until int64 // all have come back; not after Since: there was no such time
}

// comeBackWithin is how long an exporter waits at most before it tries again: max_interval
// of the Collector's exporters and of the OpenTelemetry SDKs, unless set otherwise.
const comeBackWithin = 30 * time.Second

// HeardWithin is how long after it was sent something has come for sure enough, though
// senders are told to come back for longer than that: two of the longest pauses. What is
// missing then is missed, lest an overload hides an outage.
const HeardWithin = 2 * comeBackWithin

// Throttled notes that senders had to come back later until now, and were all heard
// before.
func (t *Throttle) Throttled(before, now int64) {
	if before >= t.Until {
		t.Since = before
	}
	t.Until = now + int64(comeBackWithin)
}

// Lasts tells whether there are senders that have not come back.
func (t *Throttle) Lasts(now int64) bool { return now < t.Until }

// Heard is until when all that was sent has come.
func (t *Throttle) Heard(now int64) int64 {
	if t.Lasts(now) {
		return max(t.Since, now-int64(HeardWithin))
	}
	return now
}
