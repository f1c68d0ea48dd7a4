// SPDX-License-Identifier: Apache-2.0

package clocks

import (
	"testing"
	"time"
)

// Queues of minutes that build up and drain, retries, servers that go on after
// their clients gave up: while the clocks agree, nothing of it is a reason to correct.
func TestHostsInSyncAreNeverCorrected(t *testing.T) {
	for seed := range uint64(3) {
		n := newNetwork(t, seed)
		backlog := int64(0)
		n.run(30*time.Minute, func() {
			switch minute := n.at() / time.Minute; {
			case minute >= 5 && minute < 8:
				backlog += 90 * ms
			case minute >= 12:
				backlog = max(0, backlog-n.random.Int64N(2*sec))
			}
			n.pass(gateway, router, n.some(ms, 20*ms))
			n.pass(router, worker, backlog+n.some(ms, 500*ms))
			n.call(worker, mailer, n.some(ms, 30*ms), n.some(0, 200*ms), n.some(0, 30*ms))
			if n.random.IntN(20) == 0 { // the client gave up, the server did not
				n.c.RoundTrip(worker, mailer, n.now-2*sec, n.now-2*sec+ms, n.now+3*sec, n.now, n.now)
			}
			for _, pair := range [][2]Host{{gateway, router}, {router, worker}, {worker, router}, {mailer, worker}, {gateway, mailer}} {
				if e := n.c.Offset(pair[0], pair[1], n.now); e.Offset != 0 || e.Suspect {
					t.Fatalf("%v: %v is %+v", n.at(), pair, e)
				}
			}
		})
		for _, s := range n.c.Sources(n.now) {
			if s.Offset != 0 || s.Suspect {
				t.Errorf("a clock that is right is said to be %+v", s)
			}
		}
	}
}

func TestOneHostAhead(t *testing.T) {
	for name, traffic := range map[string]func(n *network){
		"calls both ways": func(n *network) {
			n.call(router, worker, n.some(ms, 9*ms), n.some(0, 50*ms), n.some(ms, 9*ms))
			n.pass(gateway, router, n.some(ms, 9*ms))
			n.pass(worker, mailer, n.some(ms, 9*ms))
		},
		"to it only":   func(n *network) { n.pass(gateway, worker, n.some(ms, 9*ms)) },
		"from it only": func(n *network) { n.pass(worker, mailer, n.some(ms, 9*ms)) },
	} {
		t.Run(name, func(t *testing.T) {
			n := newNetwork(t, 1)
			n.clock[worker] = ahead(5 * sec)
			n.run(2*time.Minute, func() { traffic(n) })
			n.believed(gateway, worker, 50*ms)
			n.believed(worker, mailer, 50*ms)
			n.believed(gateway, mailer, 0)
			n.onlyWrong(worker, 50*ms)
		})
	}
}

// Nothing ever passes the other way, and being late to us proves nothing. Yet what
// arrives before it left does.
func TestOneHostBehindWithTrafficOneWay(t *testing.T) {
	n := newNetwork(t, 2)
	n.clock[worker] = ahead(-3 * sec)
	n.run(2*time.Minute, func() { n.pass(gateway, worker, n.some(ms, 20*ms)) })
	n.within(gateway, worker, 5*ms)
	n.onlyWrong(worker, 10*ms)
	e := n.c.Offset(gateway, worker, n.now)
	if likely, low, _ := e.Wait(-2950*ms, 0); likely < 40*ms || likely > 50*ms || low < 0 {
		t.Errorf("a raw wait of -2.95 s is %v, at least %v; want the 50 ms that it was", time.Duration(likely), time.Duration(low))
	}
}

func TestOneHostDrifts(t *testing.T) {
	n := newNetwork(t, 3)
	began := n.now
	n.clock[worker] = func(now int64) int64 { return (now - began) / 5000 }
	checked := 0
	n.run(2*time.Hour, func() {
		if n.now/(100*ms)%5 != 0 {
			return
		}
		n.pass(gateway, worker, n.some(ms, 9*ms))
		n.pass(worker, mailer, n.some(ms, 9*ms))
		n.pass(mailer, gateway, n.some(ms, 9*ms))
		n.call(router, worker, n.some(ms, 9*ms), n.some(0, 50*ms), n.some(ms, 9*ms))
		if n.at() > time.Minute && n.now/(100*ms)%300 == 0 {
			n.within(router, worker, 0) // proven from both sides
			n.within(gateway, worker, 20*ms)
			checked++
		}
	})
	if checked < 200 {
		t.Fatalf("checked %d times only", checked)
	}
	n.onlyWrong(worker, 30*ms)
	for _, s := range n.c.Sources(n.now) {
		want := 0.0
		if s.Host == worker {
			want = 200
		}
		if s.Drift < want-25 || s.Drift > want+25 || s.Suspect {
			t.Errorf("host %d drifts by %.0f ppm (%+v), want %.0f", s.Host, s.Drift, s, want)
		}
	}
}

// The way there takes long and the way back does not, or the reverse. The middle is
// wrong then, and the bound says how wrong it may be.
func TestAsymmetricDelaysKeepTheTruthInsideTheBound(t *testing.T) {
	for _, offset := range []int64{-2 * sec, -20 * ms, 0, 20 * ms, 300 * ms} {
		for _, delays := range [][2]int64{{80 * ms, ms}, {ms, 80 * ms}} {
			n := newNetwork(t, 4)
			n.clock[worker] = ahead(offset)
			n.run(90*time.Second, func() {
				n.call(router, worker, n.some(delays[0], 20*ms), n.some(0, 50*ms), n.some(delays[1], 20*ms))
				n.pass(router, worker, n.some(delays[0], 20*ms))
				if n.at() > time.Second { // until then it may be a mistake
					n.within(router, worker, 0)
				}
			})
		}
	}
}

// One timestamp that is none, such as a span that never ended, moves no clock.
func TestTimesThatAreNoneMoveNothing(t *testing.T) {
	n := newNetwork(t, 5)
	n.run(5*time.Minute, func() {
		n.pass(gateway, worker, n.some(ms, 20*ms))
		if n.now/(100*ms)%600 == 301 {
			n.c.Passage(gateway, worker, n.now, 0, n.now)
			n.c.Passage(gateway, worker, -1<<63, 1<<63-1, n.now)
			n.c.Heard(worker, 1<<62, n.now)
			n.c.Heard(worker, n.now, -5)
		}
		if e := n.c.Offset(gateway, worker, n.now); e.Offset != 0 || e.Suspect {
			t.Fatalf("%v: %+v", n.at(), e)
		}
	})
}

// Where spans do not say their host, two machines go by one name.
func TestTwoClocksOfOneNameAreSuspect(t *testing.T) {
	n := newNetwork(t, 6)
	n.run(2*time.Minute, func() {
		n.clock[worker] = ahead(n.random.Int64N(2) * 8 * sec)
		n.calm = false
		n.call(router, worker, n.some(ms, 9*ms), n.some(0, 50*ms), n.some(ms, 9*ms))
	})
	if e := n.c.Offset(router, worker, n.now); !e.Suspect {
		t.Errorf("what contradicts itself is taken for %+v", e)
	}
}

// When all hosts are ahead of us, it is we who are late.
func TestWeMayBeTheOneThatIsWrong(t *testing.T) {
	n := newNetwork(t, 7)
	for _, h := range everyone {
		n.clock[h] = ahead(7 * sec)
	}
	n.run(2*time.Minute, func() {
		n.pass(gateway, router, n.some(ms, 20*ms))
		n.pass(router, worker, n.some(ms, 20*ms))
		if e := n.c.Offset(gateway, mailer, n.now); e.Offset != 0 || e.Suspect {
			t.Fatalf("%v: %+v", n.at(), e)
		}
	})
	for _, s := range n.c.Sources(n.now) {
		if s.Offset != 0 {
			t.Errorf("host %d is said to be %v ahead", s.Host, time.Duration(s.Offset))
		}
	}
}

// A span that is told to begin before the publish of its message began is a mistake of
// who wrote its times down, as long as it is one: it does not shift the clock of its
// host. The third of them does.
func TestOneImpossiblePassageShiftsNoClock(t *testing.T) {
	for name, other := range map[string]func(n *network){
		"one way":   func(*network) {},
		"both ways": func(n *network) { n.pass(worker, gateway, n.some(30*ms, 20*ms)) },
	} {
		t.Run(name, func(t *testing.T) {
			n := newNetwork(t, 7)
			n.calm = false
			mistakes := 0
			n.run(8*time.Minute, func() {
				n.pass(gateway, worker, n.some(ms, 9*ms))
				other(n)
				if at := n.at(); at == 2*time.Minute || at >= 5*time.Minute && at < 5*time.Minute+3*time.Second && at%time.Second == 0 {
					for range 3 { // a message is told of again whenever its verdict changes
						n.c.Passage(gateway, worker, n.now, n.now-15*ms, n.now)
					}
					mistakes++
				}
				switch e := n.c.Offset(gateway, worker, n.now); {
				case mistakes < convincing && (e.Offset != 0 || n.source(worker).Offset != 0):
					t.Fatalf("%v: after %d mistakes the worker is believed to be %+v", n.at(), mistakes, e)
				case mistakes == 4 && n.at() == 5*time.Minute+11*time.Second && e.Offset > -9*ms: // less the drift since
					t.Errorf("%v: three in a row are a clock that is wrong, believed is %+v", n.at(), e)
				}
			})
			if mistakes != 4 {
				t.Errorf("%d mistakes were made, must be 4", mistakes)
			}
		})
	}
}
