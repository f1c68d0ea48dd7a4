// SPDX-License-Identifier: Apache-2.0

package load

import (
	"sync"
	"time"

	"github.com/hopstamp/hopstamp/bench/workload"
)

// job is one request to be sent.
type job struct {
	block, base int64
	request     int
	due         time.Time
}

// schedule says what is sent next. Safe for concurrent use.
type schedule struct {
	options Options
	batch   int
	start   time.Time

	guard   sync.Mutex // of what follows
	block   int64      // that is being begun
	request int        // of its first wave
	base    int64      // Unix nanoseconds of its first message
	waiting [workload.Waves][]job
	stopped time.Time // zero while messages are begun
}

func newSchedule(o Options, batch int, start time.Time) *schedule {
	return &schedule{options: o, batch: batch, start: start}
}

// lookAgain bounds how long a connection sleeps before it asks again.
const lookAgain = 50 * time.Millisecond

// next is a job to do now, or how long to wait; ok is false once all is sent.
// Waves that are due come before messages that are begun.
func (s *schedule) next(now time.Time) (j job, wait time.Duration, ok bool) {
	s.guard.Lock()
	defer s.guard.Unlock()
	wave, due := s.earliest()
	if wave > 0 && !due.After(now) {
		return s.take(wave), 0, true
	}
	begin, open := s.nextBegin(now)
	switch {
	case open && !begin.After(now):
		return s.begin(now), 0, true
	case open && (wave == 0 || begin.Before(due)):
		due = begin
	case wave == 0:
		return job{}, 0, false
	}
	return job{}, min(due.Sub(now), lookAgain), true
}

// earliest is the wave whose next request is due first; 0 when none waits.
func (s *schedule) earliest() (wave int, due time.Time) {
	for w := 1; w < workload.Waves; w++ {
		if len(s.waiting[w]) > 0 && (wave == 0 || s.waiting[w][0].due.Before(due)) {
			wave, due = w, s.waiting[w][0].due
		}
	}
	return wave, due
}

func (s *schedule) take(wave int) job {
	j := s.waiting[wave][0]
	s.waiting[wave] = s.waiting[wave][1:]
	return j
}

// nextBegin is when the next request of a first wave should go; open is false once
// no more messages are begun. A block that was begun is always finished.
func (s *schedule) nextBegin(now time.Time) (at time.Time, open bool) {
	full := s.options.Blocks > 0 && s.block >= s.options.Blocks
	if s.stopped.IsZero() && s.request == 0 && (full || now.After(s.start.Add(s.options.Duration))) {
		s.stopped = now
	}
	if !s.stopped.IsZero() || s.options.Rate == 0 {
		return now, s.stopped.IsZero()
	}
	_, requests := workload.WaveRequests(0)
	blocks := float64(s.block) + float64(s.request)/float64(requests)
	seconds := blocks * float64(workload.SpansPerMessage*s.batch) / s.options.Rate
	return s.start.Add(time.Duration(seconds * 1e9)), true
}

// begin is the next request of the first wave; after the last the other waves are put off.
func (s *schedule) begin(now time.Time) job {
	if s.request == 0 {
		s.base = now.Add(-50 * time.Millisecond).UnixNano()
	}
	j := job{block: s.block, base: s.base, request: s.request}
	s.request++
	if _, end := workload.WaveRequests(0); s.request == end {
		s.putOff(now)
		s.request = 0
		s.block++
	}
	return j
}

func (s *schedule) putOff(due time.Time) {
	for wave := 1; wave < workload.Waves; wave++ {
		lag := 0.67 + 0.66*chance(uint64(s.block)*workload.Waves+uint64(wave))
		due = due.Add(time.Duration(float64(s.options.StageLag) * lag))
		first, end := workload.WaveRequests(wave)
		for request := first; request < end; request++ {
			s.waiting[wave] = append(s.waiting[wave], job{block: s.block, base: s.base, request: request, due: due})
		}
	}
}

// ended is when the last message was begun, or end.
func (s *schedule) ended(end time.Time) time.Time {
	if s.stopped.IsZero() {
		return end
	}
	return s.stopped
}

// chance spreads numbers evenly over [0,1), the same every time.
func chance(x uint64) float64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	x ^= x >> 33
	return float64(x>>11) / (1 << 53)
}
