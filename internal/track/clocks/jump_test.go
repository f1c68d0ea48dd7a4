// SPDX-License-Identifier: Apache-2.0

package clocks

import (
	"testing"
	"time"
)

// The worker's clock is set 10 s forward, and back five minutes later. Whatever the
// traffic is, that is noticed and the worker is named, nobody else.
func TestOneHostJumps(t *testing.T) {
	for name, traffic := range map[string]func(n *network){
		"everybody talks with everybody": func(n *network) {
			for _, from := range everyone {
				for _, to := range everyone {
					if from != to {
						n.pass(from, to, n.some(ms, 20*ms))
					}
				}
			}
		},
		"through it": func(n *network) {
			n.pass(gateway, router, n.some(ms, 20*ms))
			n.pass(router, worker, n.some(ms, 20*ms))
			n.pass(worker, mailer, n.some(ms, 20*ms))
		},
		"calls to it":  func(n *network) { n.call(router, worker, n.some(ms, 9*ms), n.some(0, 50*ms), n.some(ms, 9*ms)) },
		"to it only":   func(n *network) { n.pass(router, worker, n.some(ms, 20*ms)) },
		"from it only": func(n *network) { n.pass(worker, mailer, n.some(ms, 20*ms)) },
	} {
		t.Run(name, func(t *testing.T) {
			n := newNetwork(t, 1)
			n.run(5*time.Minute, func() { traffic(n) })
			for _, by := range []int64{10 * sec, 0} {
				n.clock[worker], n.calm = ahead(by), false
				jumped := n.now
				suspected := n.watch(time.Minute, func() { traffic(n) })
				if len(suspected) != 1 || !suspected[worker] {
					t.Errorf("after the worker was set to %v the hosts %v are suspected", time.Duration(by), suspected)
				}
				if s := n.source(worker); s.Suspect || s.Since < jumped || s.Since > jumped+40*sec {
					t.Errorf("a minute after it was set to %v the worker is %+v", time.Duration(by), s)
				}
				n.calm = true
				n.run(4*time.Minute, func() { traffic(n) })
				for _, h := range []Host{gateway, router, mailer} {
					n.believed(h, worker, 60*ms)
				}
				n.onlyWrong(worker, 60*ms)
			}
		})
	}
}

// watch runs and gathers who is suspected at any time.
func (n *network) watch(long time.Duration, step func()) map[Host]bool {
	suspected := map[Host]bool{}
	n.run(long, func() {
		step()
		if n.now%(sec) == 0 {
			for _, s := range n.c.Sources(n.now) {
				if s.Suspect {
					suspected[s.Host] = true
				}
			}
		}
	})
	return suspected
}

// A jump is corrected from the third observation that it makes impossible.
func TestJumpIsCorrectedAtOnce(t *testing.T) {
	n := newNetwork(t, 2)
	n.run(2*time.Minute, func() { n.pass(router, worker, n.some(ms, 20*ms)) })
	n.clock[worker], n.calm = ahead(-10*sec), false
	n.run(time.Second, func() { n.pass(router, worker, n.some(ms, 20*ms)) })
	if e := n.c.Offset(router, worker, n.now); e.Offset > -9900*ms || e.Offset < -10*sec || !e.Suspect {
		t.Errorf("a second after the worker fell back 10 s it is %+v", e)
	}
	n.run(time.Minute, func() { n.pass(router, worker, n.some(ms, 20*ms)) })
	if e := n.c.Offset(router, worker, n.now); e.Suspect {
		t.Errorf("a minute after it is still %+v", e)
	}
	n.within(router, worker, 5*ms)
}

// Our own clock is set back: every host seems to have jumped forward, and is not to blame.
func TestOurOwnJumpIsNobodyElses(t *testing.T) {
	n := newNetwork(t, 3)
	traffic := func() {
		n.pass(gateway, router, n.some(ms, 20*ms))
		n.pass(router, worker, n.some(ms, 20*ms))
	}
	n.run(2*time.Minute, traffic)
	for _, h := range everyone {
		n.clock[h] = ahead(20 * sec)
	}
	n.calm = false                 // what left before the jump arrives after it
	n.run(21*time.Second, traffic) // nobody knows yet
	suspected := n.watch(2*time.Minute, func() {
		traffic()
		if e := n.c.Offset(gateway, router, n.now); e.Offset != 0 || e.Suspect {
			t.Fatalf("%v: %+v", n.at(), e)
		}
	})
	if len(suspected) > 0 {
		t.Errorf("%v are suspected", suspected)
	}
}

// What a wrong clock's host sends is held up in a queue. That is a wait and no jump.
func TestQueueBehindAWrongClockIsNoJump(t *testing.T) {
	n := newNetwork(t, 4)
	n.clock[worker] = ahead(5 * sec)
	n.run(2*time.Minute, func() { n.pass(worker, mailer, n.some(ms, 20*ms)) })
	suspected := n.watch(2*time.Minute, func() { n.pass(worker, mailer, n.some(60*sec, sec)) })
	if len(suspected) > 0 {
		t.Errorf("%v are suspected", suspected)
	}
	n.within(worker, mailer, 30*ms)
}
