// SPDX-License-Identifier: Apache-2.0

package forward

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// platform goes on: whenever the backend refuses something there is something new to
// send, as long as there is more.
type platform struct {
	t     *testing.T
	queue *memory
	more  int // guarded by the backend's lock
	made  atomic.Int64
}

func (p *platform) refusing(answer func(http.ResponseWriter)) func(http.ResponseWriter) {
	if p.more > 0 {
		p.more--
		p.queue.items <- traces(p.t, fmt.Sprint("more", p.made.Add(1)), 1)
	}
	return answer
}

// arrived tells whether all came to the backend, each once.
func arrived(t *testing.T, b *backend, want int) {
	t.Helper()
	_, got := b.seen()
	unique := slices.Clone(got)
	slices.Sort(unique)
	if unique = slices.Compact(unique); len(unique) != want || len(got) != want {
		t.Errorf("%d requests arrived, %d of them different, must be %d: %q", len(got), len(unique), want, got)
	}
}

// One trace is too large for the backend, which says 503. The others do not wait for it,
// and it is tried more and more rarely, until the backend is given more memory.
func TestRequestThatIsRefusedHoldsUpNothing(t *testing.T) {
	t.Parallel()
	now := newTime()
	queue := queueOf(traces(t, "a", 1), traces(t, "big", 2), traces(t, "b", 1), traces(t, "c", 1))
	p := &platform{t: t, queue: queue, more: 30}
	b := newBackend(t)
	var at []time.Time
	b.judge = func(name string) func(http.ResponseWriter) {
		if name != "big.0" {
			return nil
		}
		if at = append(at, now.clock()); len(at) <= 20 {
			return p.refusing(status(503))
		}
		return nil
	}
	f := startAt(t, now, queue, Options{Endpoint: b.URL})
	eventually(t, "all are done", func() bool { return queue.finished() == 24 })
	f.stop()
	arrived(t, b, 24)
	tried, _ := b.seen()
	if !slices.Equal(tried[:6], []string{"a.0", "big.0", "b.0", "c.0", "more1.0", "big.0"}) {
		t.Errorf("tried are %q", tried[:6])
	}
	for i := range len(at) - 1 { // 1 s, 2 s, 4 s ... 1 h and half of it more or less
		pause, nominal := at[i+1].Sub(at[i]), min(firstPause<<i, longestAside)
		if pause < nominal/2 || pause > nominal*3/2 {
			t.Errorf("pause %d is %v, want about %v", i, pause, nominal)
		}
	}
	if rests := len(now.pauses); rests != 20 { // those of big; nothing else ever waits
		t.Errorf("time passed %d times", rests)
	}
	said := f.said.String()
	if strings.Count(said, "it is set aside and tried again") != 2 || !strings.Contains(said, traceID("big").String()) ||
		!strings.Contains(said, "because of 503") || !strings.Contains(said, "backend took a request that it had refused") {
		t.Errorf("said is %s", said)
	}
	if queue.most != 1 {
		t.Errorf("%d items were held at once", queue.most)
	}
}

// Nobody gives the backend more memory. After an hour the trace is dropped, which is
// counted and said; whatever came behind it arrived.
func TestRequestThatIsRefusedForTooLongIsGivenUp(t *testing.T) {
	t.Parallel()
	now := newTime()
	queue := queueOf(traces(t, "big", 7), traces(t, "a", 1))
	p := &platform{t: t, queue: queue, more: 1000}
	b := newBackend(t)
	var first, last time.Time
	b.judge = func(name string) func(http.ResponseWriter) {
		if name != "big.0" {
			return nil
		}
		if last = now.clock(); first.IsZero() {
			first = last
		}
		return p.refusing(status(503))
	}
	f := startAt(t, now, queue, Options{Endpoint: b.URL, GiveUp: time.Hour})
	eventually(t, "it is given up", func() bool { return strings.Contains(f.said.String(), "it is dropped") })
	eventually(t, "all are done", func() bool { return queue.finished() == 2+int(p.made.Load()) })
	f.stop()
	arrived(t, b, 1+int(p.made.Load()))
	if took := last.Sub(first); took < time.Hour || took > time.Hour+2*firstPause {
		t.Errorf("it is given up after %v", took)
	}
	for _, words := range []string{"backend=tempo", traceID("big").String(), "spans=7", "reason=503", "because of 503"} {
		if said := f.said.String(); !strings.Contains(said[strings.Index(said, "level=ERROR"):], words) {
			t.Errorf("said is %s, want %s", said, words)
		}
	}
	f.metrics(t, fmt.Sprintf(`
# HELP hopstamp_forward_given_up_spans_total Spans that were dropped because the backend kept refusing them while it took others, by the status it answered last or network.
# TYPE hopstamp_forward_given_up_spans_total counter
hopstamp_forward_given_up_spans_total{backend="tempo",reason="503"} 7
# HELP hopstamp_forward_requests_total Requests that are settled, by outcome: taken, refused or given_up.
# TYPE hopstamp_forward_requests_total counter
hopstamp_forward_requests_total{backend="tempo",outcome="given_up"} 1
hopstamp_forward_requests_total{backend="tempo",outcome="taken"} %d
# HELP hopstamp_forward_set_aside_items Requests in the queue that the backend refused so far and that are tried again, while others are sent.
# TYPE hopstamp_forward_set_aside_items gauge
hopstamp_forward_set_aside_items{backend="tempo"} 0
`, 1+p.made.Load()), "given_up_spans_total", "requests_total", "set_aside_items")
}

// The backend is down for four days, far longer than requests are tried that it refuses
// while it takes others. That was nobody's fault: all of it arrives.
func TestOutageIsNobodysFault(t *testing.T) {
	t.Parallel()
	now := newTime()
	queue := queueOf(traces(t, "a", 1), traces(t, "b", 1))
	p := &platform{t: t, queue: queue, more: 200}
	b := newBackend(t)
	end := now.clock().Add(96 * time.Hour)
	b.judge = func(string) func(http.ResponseWriter) {
		if now.clock().Before(end) {
			return p.refusing(status(503))
		}
		return nil
	}
	f := startAt(t, now, queue, Options{Endpoint: b.URL, GiveUp: time.Minute})
	eventually(t, "all are done", func() bool { return queue.finished() == 202 })
	f.stop()
	arrived(t, b, 202)
	for _, pause := range now.pauses {
		if pause > longestPause*3/2 {
			t.Errorf("for %v nothing is tried", pause)
		}
	}
	if said := f.said.String(); strings.Contains(said, "set aside") || strings.Contains(said, "dropped") || strings.Count(said, "forwarding goes on") != 1 {
		t.Errorf("said is %s", said)
	}
}

// A trace was refused for 59 minutes of the hour when the backend goes down, for a day.
// That it is refused then as well says nothing about it, and who repaired the backend gave
// it more memory.
func TestOutageDoesNotCountForWhatIsToBlame(t *testing.T) {
	t.Parallel()
	now := newTime()
	queue := queueOf(traces(t, "big", 1), traces(t, "a", 1))
	p := &platform{t: t, queue: queue, more: 900}
	b := newBackend(t)
	began := now.clock()
	inOutage := 0
	b.judge = func(name string) func(http.ResponseWriter) {
		switch since := now.clock().Sub(began); {
		case since > 24*time.Hour:
			return nil
		case since > 59*time.Minute:
			if name == "big.0" {
				inOutage++
			}
			return p.refusing(status(503))
		case name == "big.0":
			return p.refusing(status(503))
		}
		return nil
	}
	f := startAt(t, now, queue, Options{Endpoint: b.URL, GiveUp: time.Hour})
	eventually(t, "all are done", func() bool { return queue.finished() == 902 })
	f.stop()
	arrived(t, b, 902)
	if said := f.said.String(); inOutage == 0 || !strings.Contains(said, "set aside") || strings.Contains(said, "dropped") {
		t.Errorf("in the outage it was tried %d times; said is %s", inOutage, said)
	}
}

// Two traces are too large, and little else is sent: they are told apart from an outage
// all the same.
func TestTwoThatAreRefusedSideBySideAreGivenUp(t *testing.T) {
	t.Parallel()
	now := newTime()
	queue := queueOf(traces(t, "big", 1), traces(t, "huge", 1))
	p := &platform{t: t, queue: queue}
	b := newBackend(t)
	hour := now.clock()
	b.judge = func(name string) func(http.ResponseWriter) {
		if name != "big.0" && name != "huge.0" {
			return nil
		}
		if now.clock().Sub(hour) > time.Hour {
			p.more, hour = 1, now.clock()
		}
		return p.refusing(status(503))
	}
	f := startAt(t, now, queue, Options{Endpoint: b.URL, GiveUp: 24 * time.Hour})
	eventually(t, "both are given up", func() bool { return strings.Count(f.said.String(), "it is dropped") == 2 })
	f.stop()
	arrived(t, b, int(p.made.Load()))
}

// What asks to be left alone is obeyed by all, and waits itself so much longer that the
// others have nine tenths of the time.
func TestWhoMakesOthersWaitWaitsLonger(t *testing.T) {
	t.Parallel()
	now := newTime()
	queue := queueOf(traces(t, "big", 1), traces(t, "a", 1))
	p := &platform{t: t, queue: queue, more: 9}
	b := newBackend(t)
	var at []time.Time
	b.judge = func(name string) func(http.ResponseWriter) {
		if len(at) > 0 && now.clock().Sub(at[len(at)-1]) < 2*time.Minute {
			t.Errorf("%s is sent %v after the backend asked for 2 minutes", name, now.clock().Sub(at[len(at)-1]))
		}
		if name != "big.0" {
			return nil
		}
		if at = append(at, now.clock()); len(at) == 9 {
			at = nil
			return nil
		}
		return p.refusing(status(503, "Retry-After", "120"))
	}
	f := startAt(t, now, queue, Options{Endpoint: b.URL})
	eventually(t, "all are done", func() bool { return queue.finished() == 10 })
	f.stop()
	arrived(t, b, 10)
	if waited := now.clock().Sub(newTime().clock()); waited < 7*20*time.Minute {
		t.Errorf("it is taken after %v", waited)
	}
}

// A backend refuses more than may be set aside. What is past the bound waits in the
// queue, as memory is bounded, and all arrives in the end.
func TestOnlySoManyAreSetAside(t *testing.T) {
	t.Parallel()
	now := newTime()
	var items [][]byte
	for i := range 20 {
		items = append(items, traces(t, fmt.Sprint("bad", i), 1), traces(t, fmt.Sprint("good", i), 1))
	}
	queue := queueOf(items...)
	b := newBackend(t)
	refusals, most := 0, int64(0)
	var f *running
	b.judge = func(name string) func(http.ResponseWriter) {
		most = max(most, f.aside.count.Load())
		if refusals++; strings.HasPrefix(name, "bad") && refusals < 100 {
			return status(503)
		}
		return nil
	}
	b.mu.Lock() // until f is known
	f = startAt(t, now, queue, Options{Endpoint: b.URL, most: 3})
	b.mu.Unlock()
	eventually(t, "all are done", func() bool { return queue.finished() == 40 })
	f.stop()
	arrived(t, b, 40)
	if most != 3 {
		t.Errorf("%d were set aside at once", most)
	}
}
