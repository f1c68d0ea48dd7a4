// SPDX-License-Identifier: Apache-2.0

package journeys_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/test/server"
)

// clocksConfig calls late what is a second off, and stuck nothing that waits for a clock.
const clocksConfig = `
defaults: {deadline: 2s, give_up: 10m}
`

// clocksWithin bounds how long the clocks may take: what passes is reviewed every ten
// seconds of the log's time, and a jump is one when three such periods were seen before it.
const clocksWithin = 2 * time.Minute

// desk is a gateway whose clock is right and two workers, one 5 s ahead and one that
// is right until it is set back. All time is true time; clocks are read off it.
type desk struct {
	*testing.T
	*server.Server
	back  time.Duration // by which the clock of the second worker was set back
	count int
}

const (
	gatewayHost = "node-1"
	aheadHost   = "node-2"
	jumpHost    = "node-3"
)

// message sends the spans of one that was accepted 60 ms ago, published, taken 20 ms
// later by the worker of a host and worked on for 25 ms, in which the worker asks the
// gateway something.
func (d *desk) message(host string, off time.Duration) (key string) {
	d.count++
	key = fmt.Sprint(host, "-message-", d.count)
	now := time.Now()
	at := func(ms int) time.Time { return now.Add(time.Duration(ms-60) * time.Millisecond) }
	topic := "for-" + host
	accepted := newSpan(key, "accept", kindServer, "POST /orders", at(0), at(6), "http.request.method", "POST", "hopstamp.message.key", key)
	publish := newSpan(key, "publish", kindProducer, "send "+topic, at(2), at(4), "messaging.destination.name", topic).under(accepted)
	work := newSpan(key, "process", kindConsumer, "process "+topic, at(24), at(49), "messaging.destination.name", topic).under(publish)
	call := newSpan(key, "call", kindClient, "GET", at(30), at(36)).under(work)
	answer := newSpan(key, "answer", kindServer, "GET /prices", at(32), at(34)).under(call)
	export(d.T, d.Server, fieldService{"gateway", gatewayHost}.sends(accepted, publish, answer),
		fieldService{"worker-" + host, host}.sends(work.shifted(off), call.shifted(off)))
	return key
}

// both workers get a message.
func (d *desk) both() (ahead, jumped string) {
	return d.message(aheadHost, 5*time.Second), d.message(jumpHost, -d.back)
}

// keepOn sends until something is so: time is the log's, which passes with what comes.
func (d *desk) keepOn(so func() error) {
	d.Helper()
	server.Eventually(d.T, clocksWithin, func() error {
		d.both()
		return so()
	})
}

// clock is what /clocks says of a host.
func (d *desk) clock(host string) (server.Clock, error) {
	clocks, err := server.Ask[server.List[server.Clock]](d.Server, "/clocks")
	if err != nil {
		return server.Clock{}, err
	}
	at := slices.IndexFunc(clocks.Items, func(c server.Clock) bool { return c.Host == host })
	if at < 0 {
		return server.Clock{}, fmt.Errorf("%s is not in %+v", host, clocks.Items)
	}
	return clocks.Items[at], nil
}

// A host's clock is 5 s ahead, another's is set back by 10 s: both are named, with what
// they are off by; verdicts are right, waits are intervals, and none is negative.
func TestKindsOfClock(t *testing.T) {
	t.Parallel()
	d := &desk{T: t, Server: server.Start(t, server.Options{Config: clocksConfig})}
	began, periods := time.Now(), map[int64]bool{}
	d.keepOn(func() error {
		periods[time.Now().Unix()/10] = true
		c, err := d.clock(aheadHost)
		if off := time.Duration(c.OffsetUS)*time.Microsecond - 5*time.Second; err == nil && (c.Suspect || off.Abs() > time.Duration(c.BoundUS)*time.Microsecond || c.BoundUS > 30_000) {
			err = fmt.Errorf("%s is %+v, must be 5 s ahead", aheadHost, c)
		}
		return err
	})
	t.Logf("%s is known to be ahead after %v and %d messages", aheadHost, time.Since(began).Round(time.Second), d.count)
	tellsAhead(d)

	d.keepOn(func() error {
		if periods[time.Now().Unix()/10] = true; len(periods) < 4 {
			return errors.New("too little was seen to contradict")
		}
		return nil
	})
	d.back = 10 * time.Second
	jumped := time.Now()
	d.keepOn(func() error {
		c, err := d.clock(jumpHost)
		if err == nil && !c.Suspect {
			err = fmt.Errorf("%s is %+v, must be suspect", jumpHost, c)
		}
		return err
	})
	t.Logf("%s is suspect %v after it was set back", jumpHost, time.Since(jumped).Round(time.Second))
	tellsSuspect(d)
	t.Logf("/api/v1/clocks\n%s", d.Get(t, "/api/v1/clocks").Body)
}

// tellsAhead looks at a message of the host whose clock is ahead.
func tellsAhead(d *desk) {
	d.Helper()
	key, _ := d.both()
	m, printed := await(d.T, d.Server, key, verdict("processed", "Processed", ""))
	if len(m.Clocks) != 1 || m.Clocks[0].Host != aheadHost || m.Clocks[0].Suspect || m.Clocks[0].OffsetUS > -4_900_000 {
		d.Errorf("clocks %+v, must be %s, 5 s ahead", m.Clocks, aheadHost)
	}
	raw := slices.ContainsFunc(m.Stamps, func(s server.Stamp) bool { return s.Host == aheadHost && s.Start.Sub(m.Started) > 5*time.Second })
	if !raw {
		d.Errorf("the raw times of %s were changed: %+v", aheadHost, m.Stamps)
	}
	inTimeAndPossible(d, &m)
	prints(d.T, printed, "clock of "+aheadHost+" is 5 s ahead (±", "clocks differ)", "in time")
}

// inTimeAndPossible checks the verdict and the waits of a message that took 49 ms.
func inTimeAndPossible(d *desk, m *server.Message) {
	d.Helper()
	delivery := m.Deliveries[0]
	if delivery.Timeliness != "in_time" || delivery.LatencyUS < 30_000 || delivery.LatencyUS > 70_000 {
		d.Errorf("%s after %d µs, must be in time after 49 ms", delivery.Timeliness, delivery.LatencyUS)
	}
	for _, hop := range delivery.Hops {
		if hop.WaitUS < 0 || hop.To == "consumed" && (hop.Wait == nil || hop.Wait.LowUS < 0 || hop.Wait.LowUS > hop.WaitUS || hop.Wait.HighUS < hop.WaitUS) {
			d.Errorf("hop %+v with the wait %+v, must be an interval around the wait", hop, hop.Wait)
		}
	}
}

// tellsSuspect looks at messages of the host whose clock was set back: what is missing
// of one may only be missing by that clock.
func tellsSuspect(d *desk) {
	d.Helper()
	_, key := d.both()
	m, printed := await(d.T, d.Server, key, verdict("processed", "Processed", ""))
	for _, hop := range m.Deliveries[0].Hops {
		if hop.WaitUS < 0 {
			d.Errorf("hop %+v waits less than nothing", hop)
		}
	}
	if !slices.ContainsFunc(m.Clocks, func(c server.Clock) bool { return c.Host == jumpHost && c.Suspect }) {
		d.Errorf("clocks %+v, %s must be suspect", m.Clocks, jumpHost)
	}
	prints(d.T, printed, "clock of "+jumpHost+" is", "suspect")

	now := time.Now().Add(-d.back)
	unseen := newSpan("unseen", "publish", kindProducer, "send nowhere", now.Add(-10*time.Millisecond), now, "messaging.destination.name", "nowhere",
		"messaging.message.id", "unseen-1")
	export(d.T, d.Server, fieldService{"worker-" + jumpHost, jumpHost}.sends(unseen))
	_, printed = await(d.T, d.Server, "unseen-1", verdict("unverifiable", "ClockSuspect", "published-consumed"))
	prints(d.T, printed, "Unverifiable: ", "clock of "+jumpHost+" is")
}
