// SPDX-License-Identifier: Apache-2.0

package clocks

import (
	"fmt"
	"testing"
	"time"
)

// along is one message that passes all hosts, quickly.
func (n *network) along() {
	for i := range len(everyone) - 1 {
		n.pass(everyone[i], everyone[i+1], n.some(ms, 20*ms))
	}
}

// alike fails unless all hosts but some are believed to show the same time.
func (n *network) alike(but ...Host) {
	n.t.Helper()
	except := map[Host]bool{}
	for _, h := range but {
		except[h] = true
	}
	first := Us
	for _, h := range everyone {
		if except[h] {
			continue
		}
		if first == Us {
			first = h
		}
		e := n.c.Offset(first, h, n.now)
		one, suspect := n.c.Ahead(first)
		other, alsoSuspect := n.c.Ahead(h)
		if e.Offset != 0 || e.Suspect || one != other || suspect || alsoSuspect {
			n.t.Fatalf("%v: %d is believed to be %+v against %d; they are %v and %v ahead", n.at(), h, e, first, time.Duration(other), time.Duration(one))
		}
	}
}

// All hosts' spans begin half a second and more after they were received, each host's by
// another time. It is no matter who is to blame: nothing that passed between them says
// that they differ, so their times stay as they are.
func TestAllSeemAheadByDifferentTimes(t *testing.T) {
	for _, late := range []int64{0, 3 * sec} {
		n := newNetwork(t, 11)
		n.export = 5 * ms
		for i, h := range everyone {
			by := 530*ms + int64(i)*43*ms
			n.early[h] = func() int64 { return by + late }
		}
		n.run(5*time.Minute, func() {
			n.along()
			n.alike()
		})
	}
}

// One host alone tells of what is still to come, and what comes to it quickly says that
// its clock cannot be that far ahead unless all are. Then all are, or none.
func TestOneTellsOfWhatIsToCome(t *testing.T) {
	for _, teller := range everyone {
		for _, early := range []int64{660 * ms, 2500 * ms, 60 * sec} {
			t.Run(fmt.Sprint(teller, " ", time.Duration(early)), func(t *testing.T) {
				n := newNetwork(t, 12)
				n.calm = false
				n.early[teller] = func() int64 {
					if n.random.IntN(100) == 0 {
						return n.random.Int64N(early)
					}
					return 0
				}
				n.run(5*time.Minute, func() {
					n.along()
					n.pass(mailer, gateway, n.some(ms, 20*ms))
					for _, from := range everyone {
						for _, to := range everyone {
							if e := n.c.Offset(from, to, n.now); e.Offset != 0 {
								t.Fatalf("%v: %d is believed to be %+v against %d", n.at(), to, e, from)
							}
						}
						if offset, _ := n.c.Ahead(from); offset != 0 {
							t.Fatalf("%v: %d is said to be %v ahead", n.at(), from, time.Duration(offset))
						}
					}
				})
			})
		}
	}
}

// So it is where nothing leads away from the host, and one thing that comes is told of
// earlier than the last, as after a jump.
func TestTheLastOneTellsOfWhatIsToCome(t *testing.T) {
	n := newNetwork(t, 16)
	n.calm = false
	n.run(15*time.Minute, func() {
		minute := int64(n.at() / time.Minute)
		n.early[mailer] = func() int64 { return n.random.Int64N(sec + minute*sec) }
		n.along()
		if offset, _ := n.c.Ahead(mailer); offset != 0 {
			t.Fatalf("%v: it is said to be %v ahead", n.at(), time.Duration(offset))
		}
	})
}

// What comes from a host that is ahead waits in queues of different lengths.
func TestQueuesBehindAHostThatIsAhead(t *testing.T) {
	for _, by := range []int64{600 * ms, 5 * sec} {
		n := newNetwork(t, 17)
		n.clock[gateway] = ahead(by)
		n.run(3*time.Minute, func() {
			n.pass(gateway, router, n.some(ms, 20*ms))
			n.pass(gateway, worker, n.some(by/3, 20*ms))
			n.pass(gateway, mailer, n.some(by/4*3, 20*ms))
		})
		n.onlyWrong(gateway, 20*ms)
	}
}

// Of two hosts that are apart it is the one whose spans came before they began, when
// those of the other may have been held back.
func TestWhatWasReceivedTellsWhichOfTwoIsWrong(t *testing.T) {
	n := newNetwork(t, 21)
	n.clock[worker] = ahead(5 * sec)
	n.early[mailer] = func() int64 { return -20 * sec }
	n.run(3*time.Minute, func() { n.pass(worker, mailer, n.some(ms, 20*ms)) })
	n.onlyWrong(worker, 20*ms)
}

// Nothing is known of what comes to a host, so nothing says that its waits are wrong.
func TestNothingCameToTheOneThatTells(t *testing.T) {
	n := newNetwork(t, 20)
	n.early[mailer] = func() int64 { return 2700 * ms }
	n.run(3*time.Minute, func() {
		n.pass(gateway, router, n.some(ms, 20*ms))
		n.pass(router, worker, n.some(ms, 20*ms))
		n.alike()
	})
}

// Several hosts tell of what is to come, others pass things on to them and to each other.
func TestSomeTellOfWhatIsToCome(t *testing.T) {
	n := newNetwork(t, 13)
	for i, h := range []Host{worker, mailer} {
		n.early[h] = func() int64 { return 2*sec + int64(i)*400*ms }
	}
	n.run(5*time.Minute, func() {
		n.along()
		n.alike()
	})
}

// One that is ahead besides is found, however it shows, and it alone is corrected
// against the others.
func TestAllSeemAheadAndOneIs(t *testing.T) {
	for name, traffic := range map[string]func(n *network){
		"calls both ways": func(n *network) {
			n.call(router, worker, n.some(ms, 9*ms), n.some(0, 50*ms), n.some(ms, 9*ms))
			n.pass(gateway, router, n.some(ms, 9*ms))
			n.pass(worker, mailer, n.some(ms, 9*ms))
		},
		"to it only":   func(n *network) { n.pass(gateway, worker, n.some(ms, 9*ms)); n.pass(gateway, mailer, n.some(ms, 9*ms)) },
		"from it only": func(n *network) { n.pass(worker, mailer, n.some(ms, 9*ms)); n.pass(gateway, mailer, n.some(ms, 9*ms)) },
		"through it":   func(n *network) { n.along() },
	} {
		t.Run(name, func(t *testing.T) {
			n := newNetwork(t, 14)
			n.export = 20 * ms
			n.clock[worker] = ahead(5 * sec)
			for i, h := range everyone {
				by := 530*ms + int64(i)*43*ms
				n.early[h] = func() int64 { return by }
			}
			n.run(3*time.Minute, func() {
				traffic(n)
				if n.at() > 20*time.Second {
					n.alike(worker)
				}
			})
			for _, h := range []Host{gateway, router, mailer} {
				n.believed(h, worker, 150*ms)
			}
			for _, h := range []Host{gateway, router, mailer} {
				if s := n.source(h); s.Offset != 0 || s.Suspect {
					t.Errorf("host %d is said to be %+v", h, s)
				}
			}
		})
	}
}

// Two hosts of one rack are ahead by the same time, and exchange things quickly. They
// are corrected against the others, not against each other.
func TestTwoAreAheadTogether(t *testing.T) {
	for name, traffic := range map[string]func(n *network){
		"to them only": func(n *network) { n.pass(gateway, worker, n.some(ms, 9*ms)); n.pass(router, mailer, n.some(ms, 9*ms)) },
		"along":        func(n *network) { n.along() },
	} {
		t.Run(name, func(t *testing.T) {
			n := newNetwork(t, 15)
			n.clock[worker], n.clock[mailer] = ahead(5*sec), ahead(5*sec)
			n.early[mailer] = func() int64 { return -200 * ms } // its spans are held back for longer
			n.run(3*time.Minute, func() {
				traffic(n)
				n.pass(worker, mailer, n.some(ms, 9*ms))
				n.pass(mailer, worker, n.some(ms, 9*ms))
				if n.at() > 20*time.Second {
					n.alike(worker, mailer)
					n.alike(gateway, router)
				}
			})
			n.believed(gateway, worker, 50*ms)
			n.believed(router, mailer, 50*ms)
			n.believed(gateway, mailer, 50*ms)
		})
	}
}

// What even the promptest span is held back by may differ between hosts.
func TestLessThanHoldingBackProvesNothing(t *testing.T) {
	n := newNetwork(t, 18)
	n.early[worker] = func() int64 { return 700 * ms }
	n.run(3*time.Minute, func() {
		n.pass(gateway, worker, n.some(900*ms, 20*ms)) // there is time for it
		n.alike()
	})
}

// A host tells of what is to come, and its clock is behind as well, or other hosts' spans
// are held back so that it only seems to be ahead: that is seen by what passes.
func TestOneTellsOfWhatIsToComeAndIsBehind(t *testing.T) {
	for name, early := range map[string]func(Host) int64{
		"it alone": func(h Host) int64 { return int64(h/mailer) * 60 * sec },
		"all":      func(h Host) int64 { return 3*sec + int64(h/mailer)*900*ms },
	} {
		t.Run(name, func(t *testing.T) {
			n := newNetwork(t, 19)
			n.export = 5 * ms
			for _, h := range everyone {
				n.early[h] = func() int64 { return early(h) }
			}
			n.clock[mailer] = ahead(-500 * ms)
			n.run(3*time.Minute, func() {
				n.call(worker, mailer, n.some(ms, 9*ms), n.some(0, 50*ms), n.some(ms, 9*ms))
				if n.at() > 20*time.Second {
					n.alike(mailer)
				}
			})
			n.onlyWrong(mailer, 20*ms)
		})
	}
}

// Of what is told before it happened some is told earlier than ever. That is no jump, and
// what is missing then is judged as ever.
func TestTellingEarlierIsNoJump(t *testing.T) {
	n := newNetwork(t, 22)
	n.calm = false
	suspected := n.watch(15*time.Minute, func() {
		minute := int64(n.at() / time.Minute)
		n.early[mailer] = func() int64 { return n.random.Int64N(sec + minute*sec) }
		n.along()
	})
	if len(suspected) > 0 {
		t.Errorf("%v are suspected", suspected)
	}
}

// We are late all of a sudden, and by another time for each host. Nobody jumped.
func TestComingLateIsNoJump(t *testing.T) {
	n := newNetwork(t, 23)
	n.run(2*time.Minute, n.along)
	for i, h := range everyone {
		by := 530*ms + int64(i)*43*ms
		n.early[h] = func() int64 { return by }
	}
	suspected := n.watch(5*time.Minute, func() {
		n.along()
		n.alike()
	})
	if len(suspected) > 0 {
		t.Errorf("%v are suspected", suspected)
	}
}
