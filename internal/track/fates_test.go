// SPDX-License-Identifier: Apache-2.0

package track_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track"
)

// fate is what becomes of one delivery. It is decided first; the spans follow from it.
type fate struct {
	path, tenant, destination, recipient string
	verdict                              journey.Verdict
	reason                               journey.Reason
	hop                                  journey.HopID
	timeliness                           journey.Timeliness
	minute                               int64
	retries                              int
	fulfilled                            int64
}

// fated is a message whose fates are known.
type fated struct {
	key   string
	fates map[string]fate // by delivery id
	spans []arrival
}

type arrival struct {
	at int64
	said
}

// fates makes messages like those of the demo platform, over a stretch of time.
type fates struct {
	random *rand.Rand
	number uint64
	last   uint64
	start  int64
	m      *fated
}

func newFates(seed uint64) *fates { return &fates{random: rand.New(rand.NewPCG(seed, 3))} }

// fatePaths are the paths that the messages below take.
var fatePaths = []track.Path{
	{Name: "chat", Match: track.Match{Route: "/v1/chat"}, Until: span.Rendered, Deadline: 5 * time.Second, GiveUp: 2 * time.Minute},
	{Name: "hooks", Match: track.Match{Route: "/v1/hooks"}, Until: span.Invoked, Deadline: 2 * time.Second, GiveUp: 2 * time.Minute},
}

// next makes the message that begins at a moment.
func (f *fates) next(start int64) *fated {
	f.number++
	f.start = start
	f.m = &fated{key: fmt.Sprint("k", f.number), fates: map[string]fate{}}
	lives := []func(){f.fulfilled, f.fulfilled, f.fulfilled, f.fulfilled, f.silent, f.unconsumed, f.rejected, f.retried, f.deadLettered,
		f.routed, f.chat, f.hook, f.subscribed, f.asynchronous, f.suppressed}
	lives[f.random.IntN(len(lives))]()
	return f.m
}

// add records a span that starts and ends some time after the message began. It
// arrives when its exporter sends, a while after its end.
func (f *fates) add(under *said, stage span.Stage, kind span.Kind, service string, from, to time.Duration, change func(*said)) *said {
	f.last++
	s := said{service: service}
	s.Stage, s.Kind = stage, kind
	binary.BigEndian.PutUint64(s.Span[:], f.last)
	if under == nil {
		s.Trace = f.trace()
	} else {
		s.Trace, s.Parent = under.Trace, under.Span
	}
	s.Start, s.End = f.start+int64(from), f.start+int64(to)
	if change != nil {
		change(&s)
	}
	f.m.spans = append(f.m.spans, arrival{s.End + f.random.Int64N(3e9), s})
	return &s
}

func (f *fates) trace() (id span.TraceID) {
	f.last++
	binary.BigEndian.PutUint64(id[:8], f.random.Uint64())
	binary.BigEndian.PutUint64(id[8:], f.last)
	return id
}

const ms = time.Millisecond

func (f *fates) accept(route string) (*said, fate) {
	tenant := fmt.Sprint("tenant-", f.random.IntN(50))
	root := f.add(nil, span.Accepted, span.Server, "gateway", 0, 5*ms, func(s *said) {
		s.Key, s.route = f.m.key, route
		s.dims[span.Tenant] = tenant
	})
	return root, fate{path: "default", tenant: tenant, minute: f.start / 60e9}
}

func (f *fates) publish(under *said, topic string) *said {
	return f.add(under, span.Published, span.Producer, "gateway", ms, 3*ms, func(s *said) { s.topic = topic })
}

// process takes a message from a publish, as a child or with a link.
func (f *fates) process(from *said, service string, at, took time.Duration, change func(*said)) *said {
	return f.add(from, span.Processed, span.Consumer, service, at, at+took, func(s *said) {
		s.topic = from.topic
		if f.random.IntN(2) == 0 {
			s.Links = []span.Link{{Trace: from.Trace, Span: from.Span}}
			s.Trace, s.Parent = f.trace(), span.ID{}
		}
		if change != nil {
			change(s)
		}
	})
}

func (f *fates) call(under *said, server string, at, took time.Duration, change func(*said)) *said {
	return f.add(under, span.Invoked, span.Client, under.service, at, at+took, func(s *said) {
		s.server = server
		if change != nil {
			change(s)
		}
	})
}

// good fills in a fate that is fulfilled after a time, and tells which it is.
func (f *fates) good(expected fate, verdict journey.Verdict, after, deadline time.Duration) fate {
	expected.verdict, expected.reason, expected.timeliness = verdict, journey.ReasonOf(verdict), journey.InTime
	if after > deadline {
		expected.timeliness = journey.Late
	}
	expected.fulfilled = f.start + int64(after)
	return expected
}

// wait is a time on the way, mostly short.
func (f *fates) wait() time.Duration {
	if f.random.IntN(10) == 0 {
		return time.Duration(f.random.Int64N(int64(20 * time.Second)))
	}
	return time.Duration(f.random.Int64N(int64(time.Second)))
}

func (f *fates) fulfilled() {
	root, expected := f.accept("/v1/orders")
	at := 5*ms + f.wait()
	work := f.process(f.publish(root, "orders"), "worker", at, 50*ms, nil)
	f.call(work, "vendor.example", at+ms, 40*ms, nil)
	expected.destination = "vendor.example"
	f.m.fates["/orders"] = f.good(expected, journey.Sent, at+50*ms, 5*time.Second)
}

func (f *fates) silent() {
	_, expected := f.accept("/v1/orders")
	expected.verdict, expected.reason, expected.hop = journey.Lost, journey.LostAt(span.Published), journey.HopID{From: span.Accepted, To: span.Published}
	f.m.fates["/"] = expected
}

func (f *fates) unconsumed() {
	root, expected := f.accept("/v1/orders")
	f.publish(root, "orders")
	expected.verdict, expected.reason, expected.hop = journey.Lost, journey.LostAt(span.Consumed), journey.HopID{From: span.Published, To: span.Consumed}
	expected.destination = "orders"
	f.m.fates["/orders"] = expected
}

func (f *fates) rejected() {
	root, expected := f.accept("/v1/orders")
	work := f.process(f.publish(root, "orders"), "worker", 20*ms, 50*ms, func(s *said) { s.Error = true })
	causes := []struct {
		category span.Category
		reason   journey.Reason
	}{{span.Rejection, journey.RejectedByDestination}, {span.Timeout, journey.DestinationTimedOut}, {span.Auth, journey.AuthenticationFailed}, {span.Uncategorized, journey.InternalError}}
	cause := causes[f.random.IntN(len(causes))]
	f.call(work, "vendor.example", 21*ms, 9*ms, func(s *said) { s.Error, s.Category = true, cause.category })
	expected.verdict, expected.reason, expected.hop = journey.Failed, cause.reason, journey.HopID{From: span.Processed, To: span.Invoked}
	expected.destination = "vendor.example"
	f.m.fates["/orders"] = expected
}

func (f *fates) retried() {
	root, expected := f.accept("/v1/orders")
	from := f.publish(root, "jobs")
	tries := 1 + f.random.IntN(4)
	at := 10 * ms
	for try := range tries {
		bad := try < tries-1
		at += f.wait()
		work := f.process(from, "worker", at, 50*ms, func(s *said) { s.Error = bad })
		f.call(work, "crm.example", at+ms, 9*ms, func(s *said) { s.Error = bad })
	}
	expected.destination, expected.retries = "crm.example", tries-1
	f.m.fates["/jobs"] = f.good(expected, journey.Sent, at+50*ms, 5*time.Second)
}

func (f *fates) deadLettered() {
	root, expected := f.accept("/v1/orders")
	work := f.process(f.publish(root, "jobs"), "worker", 20*ms, 30*ms, func(s *said) { s.Error, s.Outcome = true, span.OutcomeDeadLettered })
	f.process(f.publish(work, "jobs.dead"), "janitor", 60*ms, 5*ms, nil)
	expected.verdict, expected.reason, expected.hop = journey.DeadLettered, journey.WasDeadLettered, journey.HopID{From: span.Consumed, To: span.Processed}
	expected.destination = "jobs"
	f.m.fates["/jobs"] = expected
}

func (f *fates) routed() {
	root, expected := f.accept("/v1/orders")
	at := f.wait()
	router := f.process(f.publish(root, "in"), "router", at, 5*ms, nil)
	onward := f.add(router, span.Published, span.Producer, "router", at+ms, at+3*ms, func(s *said) { s.topic = "out" })
	f.process(onward, "worker", at+10*ms, 20*ms, nil)
	expected.destination = "out"
	f.m.fates["/out"] = f.good(expected, journey.Processed, at+30*ms, 5*time.Second)
}

func (f *fates) chat() {
	root, expected := f.accept("/v1/chat")
	expected.path, expected.destination = "chat", "chat"
	n := 1 + f.random.IntN(4)
	f.add(root, span.Routed, span.Internal, "gateway", ms, 2*ms, func(s *said) { s.Recipients, s.Explicit = uint32(n), true })
	work := f.process(f.publish(root, "chat"), "ws", 10*ms, 20*ms, nil)
	for i := range n {
		own, name, after := expected, fmt.Sprint("user-", i), 50*ms+f.wait()
		own.recipient = name
		sent := f.add(work, span.Delivered, span.Internal, "ws", 12*ms, 14*ms, func(s *said) { s.Recipient, s.Explicit = name, true })
		if f.random.IntN(5) == 0 {
			own.verdict, own.reason, own.hop = journey.Lost, journey.LostAt(span.Received), journey.HopID{From: span.Delivered, To: span.Received}
		} else {
			own = f.good(own, journey.Rendered, after+10*ms, 5*time.Second)
			f.add(sent, span.Rendered, span.Internal, "phone", after, after+10*ms, func(s *said) { s.Explicit = true })
		}
		f.m.fates["/"+name] = own
	}
}

func (f *fates) hook() {
	root, expected := f.accept("/v1/hooks")
	expected.path, expected.destination = "hooks", "hooks.example"
	at := f.wait()
	if f.random.IntN(3) == 0 {
		f.call(root, "hooks.example", at, 10*ms, func(s *said) { s.Error, s.Category = true, span.Timeout })
		expected.verdict, expected.reason, expected.hop = journey.Failed, journey.DestinationTimedOut, journey.HopID{From: span.Processed, To: span.Invoked}
		f.m.fates["/"] = expected
		return
	}
	f.call(root, "hooks.example", at, 10*ms, nil)
	f.m.fates["/"] = f.good(expected, journey.Sent, at+10*ms, 2*time.Second)
}

func (f *fates) subscribed() {
	root, expected := f.accept("/v1/orders")
	expected.destination = "orders"
	from := f.publish(root, "orders")
	at := f.wait()
	f.process(from, "billing", at, 10*ms, nil)
	f.process(from, "shipping", 2*at, 10*ms, func(s *said) { s.Error = true })
	f.m.fates["/orders@billing"] = f.good(expected, journey.Processed, at+10*ms, 5*time.Second)
	expected.verdict, expected.reason, expected.hop = journey.Failed, journey.InternalError, journey.HopID{From: span.Consumed, To: span.Processed}
	f.m.fates["/orders@shipping"] = expected
}

func (f *fates) asynchronous() {
	root, expected := f.accept("/v1/orders")
	expected.destination = "slow.example"
	work := f.process(f.publish(root, "orders"), "worker", 10*ms, 10*ms, nil)
	at := 30*ms + f.wait()
	f.call(work, "slow.example", at, 10*ms, nil)
	f.m.fates["/orders"] = f.good(expected, journey.Sent, at+10*ms, 5*time.Second)
}

func (f *fates) suppressed() {
	root, expected := f.accept("/v1/orders")
	f.process(f.publish(root, "orders"), "worker", 10*ms, 10*ms, func(s *said) { s.Outcome = span.OutcomeSuppressed })
	expected.verdict, expected.reason, expected.hop = journey.Suppressed, journey.WasSuppressed, journey.HopID{From: span.Consumed, To: span.Processed}
	expected.destination = "orders"
	f.m.fates["/orders"] = expected
}

// TestFates folds many messages whose fates are known, each span as late as an
// exporter is. The ledger and every row must say the truth.
func TestFates(t *testing.T) {
	const messages = 100_000
	f := newFates(1)
	fold := &fateFold{t: t, tracker: track.New(track.Options{Paths: fatePaths}), want: map[string]fate{}, ledger: map[journey.Tally]int{}}
	var waiting [64][]said // by the second in which they arrive
	now := dawn
	for i := range messages {
		m := f.next(dawn + int64(i)*2e6)
		for id, expected := range m.fates {
			fold.want[m.key+id] = expected
		}
		for _, s := range m.spans {
			second := s.at / 1e9 % 64
			waiting[second] = append(waiting[second], s.said)
		}
		for now+1e9 <= f.start {
			now += 1e9
			due := &waiting[(now-1e9)/1e9%64]
			fold.step(*due, now)
			*due = (*due)[:0]
		}
	}
	for range 64 {
		now += 1e9
		due := &waiting[(now-1e9)/1e9%64]
		fold.step(*due, now)
		*due = (*due)[:0]
	}
	for range 20 {
		now += int64(time.Minute)
		fold.takeAll(fold.tracker.Tick(fold.at, now))
	}
	for range 2 {
		now += int64(25 * time.Hour)
		fold.takeAll(fold.tracker.Tick(fold.at, now))
	}
	fold.compare()
}

// fateFold compares what a tracker says with what had to be.
type fateFold struct {
	t       *testing.T
	tracker *track.Tracker
	at      journey.Position
	want    map[string]fate
	ledger  map[journey.Tally]int
	settled int
	wrong   int
}

func (f *fateFold) step(records []said, now int64) {
	for from := 0; from < len(records); from += 500 {
		f.at++
		f.takeAll(f.tracker.Step(f.at, batchOf(records[from:min(from+500, len(records))], now)))
	}
}

func (f *fateFold) takeAll(effects *journey.Effects) {
	for ; effects != nil; effects = f.tracker.More() {
		f.take(effects)
	}
}

func (f *fateFold) take(effects *journey.Effects) {
	for _, entry := range effects.Entries {
		f.ledger[entry.Tally] += int(entry.Delta)
	}
	for i := range effects.Settled {
		d := &effects.Settled[i]
		f.settled++
		got := fate{path: d.Path, tenant: d.Dims[span.Tenant], destination: d.Dims[span.Destination], recipient: d.Recipient,
			verdict: d.Verdict, reason: d.Reason, hop: d.Hop, timeliness: d.Timeliness, minute: d.Started / 60e9, retries: d.Retries, fulfilled: d.Fulfilled}
		if want := f.want[d.ID]; got != want {
			if f.wrong++; f.wrong < 10 {
				f.t.Errorf("%s: got %+v\nwant %+v", d.ID, got, want)
			}
		}
	}
}

func (f *fateFold) compare() {
	if f.settled != len(f.want) || f.wrong > 0 {
		f.t.Fatalf("%d rows, want %d, and %d of them are wrong", f.settled, len(f.want), f.wrong)
	}
	type line struct {
		path, tenant, destination string
		minute                    int64
		verdict                   journey.Verdict
		reason                    journey.Reason
		hop                       journey.HopID
		timeliness                journey.Timeliness
	}
	want := map[line]int{}
	for _, e := range f.want {
		want[line{e.path, e.tenant, e.destination, e.minute, e.verdict, e.reason, e.hop, e.timeliness}]++
	}
	for tally, n := range f.ledger {
		class, text := f.tracker.Class(tally.Class), f.tracker.Text
		at := line{text(class.Path), text(class.Dims[span.Tenant]), text(class.Dims[span.Destination]), tally.Minute, tally.Verdict, tally.Reason, tally.Hop, tally.Timeliness}
		want[at] -= n
	}
	for at, n := range want {
		if n != 0 {
			f.t.Errorf("the ledger is off by %d for %+v", -n, at)
		}
	}
	if leaks := f.tracker.Leaks(); leaks != "" {
		f.t.Errorf("the tracker holds %s", leaks)
	}
}
