// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"cmp"
	"slices"
	"unsafe"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// rows is the memory of the deliveries that a step writes out, so that none costs an
// allocation of its own. The next step uses it again.
type rows struct {
	text      []byte
	hops      []journey.Hop
	positions []journey.Position
	traces    []span.TraceID
	stages    []span.Stage
}

// How large the chunks of texts and lists are at first, and up to where they are used again.
const (
	textChunk, mostText = 1 << 16, 1 << 20
	listChunk, mostList = 1 << 10, 1 << 14
)

// reuse takes the memory of all rows back.
func (r *rows) reuse() {
	r.text = again(r.text, mostText)
	r.hops, r.positions = again(r.hops, mostList), again(r.positions, mostList)
	r.traces, r.stages = again(r.traces, mostList), again(r.stages, mostList)
}

// Reuse takes the memory of what was written out back: nobody has it any more.
func (a *Assessor) Reuse() { a.rows.reuse() }

// Leave lets what was written out stay as it is, for as long as somebody has it.
func (a *Assessor) Leave() { a.rows.leave() }

// Keep copies a text into the memory of what is written out.
func (a *Assessor) Keep(text string) string { return a.rows.string(text) }

// Stages is a list of so many in the same memory.
func (a *Assessor) Stages(count int) []span.Stage {
	return keep(&a.rows.stages, make([]span.Stage, count))
}

// again is an empty list in the memory of another, unless that is very large.
func again[T any](chunk []T, most int) []T {
	if cap(chunk) > most {
		return nil
	}
	return chunk[:0]
}

// leave lets the rows stay as they are, for as long as somebody has them.
func (r *rows) leave() { *r = rows{} }

func (r *rows) string(text string) string {
	if text == "" {
		return ""
	}
	if len(r.text)+len(text) > cap(r.text) {
		r.text = make([]byte, 0, max(textChunk, 2*cap(r.text), len(text)))
	}
	from := len(r.text)
	r.text = append(r.text, text...)
	return unsafe.String(&r.text[from], len(text))
}

// keep copies a list into a chunk.
func keep[T any](chunk *[]T, list []T) []T {
	if len(list) == 0 {
		return nil
	}
	if len(*chunk)+len(list) > cap(*chunk) {
		*chunk = make([]T, 0, max(listChunk, 2*cap(*chunk), len(list)))
	}
	from := len(*chunk)
	*chunk = append(*chunk, list...)
	return (*chunk)[from:len(*chunk):len(*chunk)]
}

// about is what the rows of all deliveries of a message have in common. They share
// its lists.
type about struct {
	known                   bool
	many                    bool // more than each row lists
	trace                   span.TraceID
	otherTraces             []span.TraceID
	positions               []journey.Position
	whole                   *journey.Evidence // of many
	messageID, conversation string
	kind                    string
}

// aboutMessage gathers it, once for a message.
func (a *Assessor) aboutMessage(st *state.State) *about {
	if a.about.known {
		return &a.about
	}
	a.about = about{known: true, trace: st.Groups.At(a.nodes[a.message.Root].Group).Trace}
	a.positions, a.groups = a.positions[:0], a.groups[:0]
	a.about.kind = a.kindOf(st, &a.nodes[a.message.Root])
	last := a.nodes[a.message.Root].Group
	for _, i := range a.members {
		n := &a.nodes[i]
		a.positions = append(a.positions, n.Position)
		if a.about.messageID == "" && n.IDs.Message != "" {
			a.about.messageID = a.rows.string(n.IDs.Message)
		}
		if a.about.conversation == "" && n.IDs.Conversation != "" {
			a.about.conversation = a.rows.string(n.IDs.Conversation)
		}
		if n.Group != last {
			last = n.Group
			a.groups = append(a.groups, st.Groups.At(last).Trace)
		}
	}
	slices.Sort(a.positions)
	a.about.positions = keep(&a.rows.positions, slices.Compact(a.positions))
	a.about.otherTraces = keep(&a.rows.traces, firsts(a.groups, a.about.trace))
	a.about.many = a.listsApart()
	a.about.whole, a.ofMany.branch = a.about.evidence(), None
	return &a.about
}

// Began tells where such messages begin: the service, and its route or the span's name.
func (a *Assessor) Began(f *Finding) (service, what span.Symbol) {
	n := &a.nodes[f.Root]
	return n.Service, cmp.Or(n.Route, n.Name)
}

// kindOf names what begins such messages: service and route, or service and span name.
func (a *Assessor) kindOf(st *state.State, root *node) string {
	return a.KindText(st, root.Service, cmp.Or(root.Route, root.Name))
}

// KindText names what begins so: service and route, or service and span name.
func (a *Assessor) KindText(st *state.State, by, as span.Symbol) string {
	service, what := st.Symbols.Text(by), st.Symbols.Text(as)
	if what == "" || service == "" {
		return a.rows.string(service + what)
	}
	return a.rows.string(service + " " + what)
}

// fewListed is the number up to which comparing them beats an index.
const fewListed = 8

// firsts leaves each of a list only where it is named first, and one of them nowhere.
func firsts[T comparable](list []T, except T) []T {
	kept := list[:0]
	if len(list) <= fewListed {
		for _, one := range list {
			if one != except && !slices.Contains(kept, one) {
				kept = append(kept, one)
			}
		}
		return kept
	}
	seen := map[T]bool{except: true}
	for _, one := range list {
		if !seen[one] {
			seen[one] = true
			kept = append(kept, one)
		}
	}
	return kept
}

// Delivery writes a finding out.
func (a *Assessor) Delivery(st *state.State, f *Finding, updated int64) journey.Delivery {
	about := a.aboutMessage(st)
	where := a.evidenceOf(st, f)
	id := a.rows.string(unsafe.String(&f.label[0], len(f.label))) // a copy
	d := journey.Delivery{
		ID: id, Key: id[:f.key], Path: f.path.Name, Kind: about.kind, Trace: about.trace, OtherTraces: where.traces,
		MessageID: about.messageID, Conversation: about.conversation, Positions: where.positions, Message: about.whole,
		Verdict: f.Verdict, Reason: f.Reason, Hop: f.Hop, Timeliness: f.Timeliness,
		Started: f.Start, Fulfilled: f.Fulfilled, Updated: updated, Retries: f.reach.retries(),
		Estimated: f.Estimated(a),
		Hops:      keep(&a.rows.hops, a.HopsOf(f)),
	}
	if leaf := f.branch.leaf; leaf != None && a.nodes[leaf].IDs.Message != "" && a.nodes[leaf].IDs.Message != d.MessageID {
		d.MessageID = a.rows.string(a.nodes[leaf].IDs.Message)
	}
	if part := f.branch.part; part != None && a.nodes[a.parts[part].first].IDs.Message != "" && a.parts[part].named {
		d.MessageID = a.rows.string(a.nodes[a.parts[part].first].IDs.Message)
	}
	if f.who != None {
		d.Recipient = a.rows.string(f.branch.who[f.who])
	}
	for dim, symbol := range f.Class.Dims {
		d.Dims[dim] = st.Symbols.Text(symbol)
	}
	for i := range d.Hops {
		d.Hops[i].FromStamp, d.Hops[i].ToStamp = -1, -1
	}
	return d
}
