// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"cmp"
	"encoding/hex"
	"strconv"

	"github.com/cespare/xxhash/v2"

	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// keyed is the node whose text is the key of the message: what its first stamps say, or
// an id that the broker gave it; none when there is neither. An id of digits only is a
// coordinate in some queue, not an id, and what a batch says, it says of several messages.
func (a *Assessor) keyed() int32 {
	id := None
	for _, i := range a.members {
		n := &a.nodes[i]
		if n.Common && !n.Singled {
			continue
		}
		if n.IDs.Key != "" {
			return i
		}
		if id == None && n.IDs.Message != "" && n.Stage <= span.Published && !isNumber(n.IDs.Message) {
			id = i
		}
	}
	return id
}

// keyText is the key of a message; empty when that is its trace.
func (a *Assessor) keyText(keyed, root int32) string {
	if keyed != None {
		return cmp.Or(a.nodes[keyed].IDs.Key, a.nodes[keyed].IDs.Message)
	}
	n := &a.nodes[root]
	switch {
	case n.Joint != None: // nobody knows the beginning, and others may share the rest
		return hex.EncodeToString(a.home[:]) + "." + hex.EncodeToString(n.Span[:])
	case len(a.roots) > 1:
		return hex.EncodeToString(n.Span[:])
	}
	return ""
}

func isNumber(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return true
}

// writeLabel makes the delivery's id: key, slash, recipient; without one the topic,
// told apart by consumer, ordinal and trace where that is needed.
func (a *Assessor) writeLabel(st *state.State, f *Finding, ordinal int) {
	label := a.label[:0]
	if f.keyText == "" {
		label = hex.AppendEncode(label, a.home[:])
	}
	label = append(label, f.keyText...)
	f.key = len(label)
	label = append(label, '/')
	switch {
	case f.who != None:
		label = append(label, f.branch.who[f.who]...)
	case f.branch.leaf != None:
		label = append(label, st.Symbols.Text(a.topic(f.branch))...)
	}
	if f.branch.shared {
		label = append(append(label, '@'), st.Symbols.Text(f.branch.consumer)...)
	}
	if f.apart {
		label = hex.AppendEncode(append(label, '~'), a.home[:])
	}
	if f.branch.ordinal > 0 {
		label = strconv.AppendInt(append(label, '~'), int64(f.branch.ordinal+1), 10)
	}
	if f.branch.part != None {
		label = a.appendPart(append(label, '#'), f.branch.part)
	}
	if f.who == None && (f.branch.anonymous > 1 || len(f.branch.who) > 0 || f.branch.rest) {
		label = strconv.AppendInt(append(label, '#'), int64(ordinal+len(f.branch.who)), 10)
	}
	f.ID = xxhash.Sum64(label)
	for again := a.labels.add(f.ID); again > 0; again = a.labels.add(f.ID) {
		label = strconv.AppendInt(append(label, '~'), int64(again+1), 10)
		f.ID = xxhash.Sum64(label)
	}
	a.label, f.label = label, label
}

// appendPart names a part of a batch by its message, else by the span that took it.
func (a *Assessor) appendPart(label []byte, part int32) []byte {
	n := &a.nodes[a.parts[part].first]
	if a.parts[part].named {
		return append(label, a.nameInBatch(n)...)
	}
	return hex.AppendEncode(label, n.Span[:])
}

// labels are the ids given in one assessment, so that none is given twice: one
// person may be a recipient on two channels, one key be used for two messages.
type labels struct {
	ids   []uint64
	index map[uint64]int32
}

const fewLabels = 16

func (l *labels) reset() {
	if len(l.ids) > fewLabels {
		clear(l.index)
	}
	l.ids = l.ids[:0]
}

// add gives how often the id was given before.
func (l *labels) add(id uint64) (before int) {
	l.ids = append(l.ids, id)
	if len(l.ids) <= fewLabels {
		for _, other := range l.ids[:len(l.ids)-1] {
			if other == id {
				before++
			}
		}
		return before
	}
	if len(l.ids) == fewLabels+1 {
		for _, other := range l.ids[:fewLabels] {
			l.index[other]++
		}
	}
	l.index[id]++
	return int(l.index[id]) - 1
}
