// SPDX-License-Identifier: Apache-2.0

package track

import "slices"

// A send whose links tell thousands of messages apart is there once for each of them, and
// as many take one. So that each copy need not be compared with each taker, the takers
// are found by the names that they say. It is what takes finds out, in another order.

// takers are all that continue one send, by a parent or by a link.
type takers struct {
	of     uint32 // stamp of the send; 0: none yet
	all    []oneTaker
	byName map[takerName][]int32
	always []int32  // hand messages over themselves, so they are below each copy
	said   [8]int32 // how many say just these kinds of names, by bit
	picked []int32
}

// oneTaker is a child of the send, or what links to it by an edge.
type oneTaker struct{ stamp, edge uint32 }

type takerName struct {
	kind int
	text string
}

// names of a message, by kind.
func (i *ids) names() [3]string { return [...]string{i.key, i.message, i.coordinate} }

// spreadCopy adds what continues a copy of a send.
func (a *assessor) spreadCopy(t *State, i int32) {
	x := &a.takersOfSend
	if send := a.nodes[i].at; x.of != send {
		x.list(t, send)
	}
	n := &a.nodes[i]
	group, names, kinds := n.group, n.ids.names(), 0
	x.picked = append(x.picked[:0], x.always...)
	for kind, text := range names {
		if text != "" {
			kinds |= 1 << kind
			x.picked = append(x.picked, x.byName[takerName{kind, text}]...)
		}
	}
	for said, count := range x.said {
		n.blurred = n.blurred || count > 0 && said&kinds == 0
	}
	slices.Sort(x.picked)
	for _, p := range slices.Compact(x.picked) {
		if taker := x.all[p]; taker.edge == 0 {
			a.addStamp(t, taker.stamp, group, i)
		} else {
			a.continueBy(t, taker.edge, i)
		}
	}
}

// list learns who continues a send, in the order in which spread visits them.
func (x *takers) list(t *State, send uint32) {
	x.of, x.all, x.always, x.said = send, x.all[:0], x.always[:0], [8]int32{}
	if x.byName == nil {
		x.byName = map[takerName][]int32{}
	}
	clear(x.byName)
	stamp := t.stamps.at(send)
	for s := stamp.child; s != 0; s = t.stamps.at(s).sibling {
		if staysBelow(t, t.stamps.at(s), stamp) {
			x.all = append(x.all, oneTaker{stamp: s})
		}
	}
	slices.Reverse(x.all)
	for e := stamp.in; e != 0; e = t.edges.At(e).nextIn {
		x.all = append(x.all, oneTaker{t.startOf(t.edges.At(e)), e})
	}
	for p, taker := range x.all {
		x.index(t, int32(p), taker)
	}
}

func (x *takers) index(t *State, p int32, taker oneTaker) {
	if t.sends(taker.stamp) {
		x.always = append(x.always, p)
		return
	}
	kinds, text := 0, textRef(0)
	if taker.edge != 0 {
		text = t.edges.At(taker.edge).text
	}
	texts := t.textsBy(t.stamps.at(taker.stamp), text)
	for kind, text := range texts.names() {
		if text != "" {
			kinds |= 1 << kind
			name := takerName{kind, text}
			x.byName[name] = append(x.byName[name], p)
		}
	}
	x.said[kinds]++
}
