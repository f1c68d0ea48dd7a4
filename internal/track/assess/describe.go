// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// Shows tells whether the message under assessment is known by the id itself.
func (a *Assessor) Shows(f *Finding, id string) bool {
	for _, i := range a.members {
		n := &a.nodes[i]
		if n.IDs.Key == id || n.IDs.Message == id || n.IDs.Conversation == id {
			return true
		}
	}
	return string(f.label[:f.key]) == id
}

// mostDescribed are the stamps that a description has at most, of those that no delivery has
// for itself.
const mostDescribed = 10_000

// StampAt is the index of a member's stamp in the description made last, by its place in
// canonical order; -1: it was left out.
func (a *Assessor) StampAt(place int) int { return int(a.described[place]) }

// Describe writes out the message that a finding belongs to, without its deliveries, and
// the stamps of those that were chosen.
func (a *Assessor) Describe(st *state.State, f *Finding, chosen *Chosen) journey.View {
	v := journey.View{
		Key: string(f.label[:f.key]), Path: f.path.Name, Until: f.path.Until, Deadline: f.path.Deadline, GiveUp: f.path.GiveUp,
		Started: f.Start, Now: st.LogTime, Complete: true,
	}
	about := a.aboutMessage(st)
	v.MessageID, v.Conversation = about.messageID, about.conversation
	v.Clocks = a.clocksOf(st, &a.nodes[f.Root])
	a.chooseStamps(chosen)
	traces := map[uint32]bool{}
	for _, i := range a.members {
		n := &a.nodes[i]
		if a.described[n.Place] < 0 {
			continue
		}
		v.Stamps = append(v.Stamps, stampOf(st, n))
		if !traces[n.Group] {
			traces[n.Group] = true
			v.Traces = append(v.Traces, st.Groups.At(n.Group).Trace)
		}
		if n.Continues == None {
			continue
		}
		if above := &a.nodes[n.Continues]; above.Place >= 0 && a.described[above.Place] >= 0 {
			rule, confidence := n.rule(st, above)
			v.Joins = append(v.Joins, journey.Join{Rule: rule, Confidence: confidence, From: len(v.Stamps) - 1, To: int(a.described[above.Place])})
		}
	}
	return v
}

// chooseStamps numbers the members that are described, in order.
func (a *Assessor) chooseStamps(chosen *Chosen) {
	a.described = slices.Grow(a.described[:0], len(a.nodes))[:len(a.nodes)]
	for place := range a.described {
		a.described[place] = -1
	}
	next, shared := int32(0), 0
	for _, i := range a.members {
		n := &a.nodes[i]
		if n.branch < 0 {
			shared++
		}
		if chosen.shows(a, n) && (chosen == nil || n.branch >= 0 || shared <= mostDescribed) {
			a.described[n.Place] = next
			next++
		}
	}
}

func stampOf(st *state.State, n *node) journey.Stamp {
	text := st.Symbols.Text
	s := journey.Stamp{
		Stage: n.Stage, Kind: n.Kind, Service: text(n.Service), Name: text(n.Name), Trace: st.Groups.At(n.Group).Trace,
		Span: n.Span, Parent: n.Stamp.Parent, Event: int(n.Event), Start: n.Stamp.Start, End: n.Stamp.End, Error: n.Error, Category: n.Category,
		Recipient: strings.Clone(n.IDs.Recipient), Destination: text(cmp.Or(n.Dims[span.Destination], n.Server, n.Topic)),
		Attempt: int(n.Stamp.Retry), Host: text(n.Host), Position: n.Position,
	}
	if shared := max(n.Shared(), int(n.Of)); shared > 1 {
		s.Shared = shared
	}
	var detail []string
	if n.HTTPStatus != 0 {
		detail = append(detail, "HTTP "+strconv.Itoa(int(n.HTTPStatus)))
	}
	if kind := text(n.ErrorType); kind != "" && kind != strconv.Itoa(int(n.HTTPStatus)) {
		detail = append(detail, kind)
	}
	if n.Outcome != span.Unsaid {
		detail = append(detail, n.Outcome.String())
	}
	s.Detail = strings.Join(detail, ", ")
	return s
}

// clocksOf says which clocks of a journey differ from that of the host where it began.
func (a *Assessor) clocksOf(st *state.State, root *node) (differ []journey.Clock) {
	if !st.Clocks.Wrong() {
		return nil
	}
	var met []span.Symbol
	for _, i := range a.members {
		host := a.nodes[i].Host
		if slices.Contains(met, host) {
			continue
		}
		met = append(met, host)
		e := st.Clocks.Offset(root.Host, host, st.LogTime)
		if _, suspect := st.Clocks.Ahead(host); e.Offset != 0 || suspect {
			differ = append(differ, journey.Clock{Host: st.Symbols.Text(host), Offset: time.Duration(-e.Offset), Bound: time.Duration(e.Bound), Suspect: suspect})
		}
	}
	return differ
}
