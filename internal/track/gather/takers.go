// SPDX-License-Identifier: Apache-2.0

package gather

import (
	"slices"

	"github.com/hopstamp/hopstamp/internal/track/state"
)

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

// spreadCopy adds what continues a copy of a send.
func (all *Gathering) spreadCopy(st *state.State, i int32) {
	x := &all.takers
	if send := all.Nodes[i].At; x.of != send {
		x.list(st, send)
	}
	n := &all.Nodes[i]
	group, names, kinds := n.Group, n.IDs.Names(), 0
	x.picked = append(x.picked[:0], x.always...)
	for kind, text := range names {
		if text != "" {
			kinds |= 1 << kind
			x.picked = append(x.picked, x.byName[takerName{kind, text}]...)
		}
	}
	for said, count := range x.said {
		n.Blurred = n.Blurred || count > 0 && said&kinds == 0
	}
	slices.Sort(x.picked)
	for _, p := range slices.Compact(x.picked) {
		if taker := x.all[p]; taker.edge == 0 {
			all.addStamp(st, taker.stamp, group, i)
		} else {
			all.continueBy(st, taker.edge, i)
		}
	}
}

// list learns who continues a send, in the order in which spread visits them.
func (x *takers) list(st *state.State, send uint32) {
	x.of, x.all, x.always, x.said = send, x.all[:0], x.always[:0], [8]int32{}
	if x.byName == nil {
		x.byName = map[takerName][]int32{}
	}
	clear(x.byName)
	stamp := st.Stamps.At(send)
	for s := stamp.Child; s != 0; s = st.Stamps.At(s).Sibling {
		if staysBelow(st, st.Stamps.At(s), stamp) {
			x.all = append(x.all, oneTaker{stamp: s})
		}
	}
	slices.Reverse(x.all)
	for e := stamp.In; e != 0; e = st.Edges.At(e).NextIn {
		x.all = append(x.all, oneTaker{st.StartOf(st.Edges.At(e)), e})
	}
	for p, taker := range x.all {
		x.index(st, int32(p), taker)
	}
}

func (x *takers) index(st *state.State, p int32, taker oneTaker) {
	if st.Sends(taker.stamp) {
		x.always = append(x.always, p)
		return
	}
	kinds, text := 0, state.TextRef(0)
	if taker.edge != 0 {
		text = st.Edges.At(taker.edge).Text
	}
	texts := st.TextsBy(st.Stamps.At(taker.stamp), text)
	for kind, text := range texts.Names() {
		if text != "" {
			kinds |= 1 << kind
			name := takerName{kind, text}
			x.byName[name] = append(x.byName[name], p)
		}
	}
	x.said[kinds]++
}
