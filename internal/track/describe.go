// SPDX-License-Identifier: Apache-2.0

package track

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// shows tells whether the message under assessment is known by the id itself.
func (a *assessor) shows(f *finding, id string) bool {
	for _, i := range a.members {
		n := &a.nodes[i]
		if n.ids.key == id || n.ids.message == id || n.ids.conversation == id {
			return true
		}
	}
	return string(f.label[:f.key]) == id
}

// memberAt is which of the members has a place in canonical order.
func (a *assessor) memberAt(place int) int {
	return slices.IndexFunc(a.members, func(i int32) bool { return int(a.nodes[i].place) == place })
}

// describe writes out the message that a finding belongs to, without its deliveries.
func (a *assessor) describe(t *State, f *finding) journey.View {
	v := journey.View{
		Key: string(f.label[:f.key]), Path: f.path.Name, Until: f.path.Until, Deadline: f.path.Deadline, GiveUp: f.path.GiveUp,
		Started: f.start, Now: t.now, Complete: true,
	}
	about := a.aboutMessage(t)
	v.MessageID, v.Conversation = about.messageID, about.conversation
	v.Clocks = a.clocksOf(t, &a.nodes[f.root])
	for at, i := range a.members {
		n := &a.nodes[i]
		v.Stamps = append(v.Stamps, stampOf(t, n))
		if trace := t.groups.at(n.group).trace; !slices.Contains(v.Traces, trace) {
			v.Traces = append(v.Traces, trace)
		}
		if to := slices.Index(a.members, n.parent); n.parent != none && to >= 0 {
			rule, confidence := n.rule(t, &a.nodes[n.parent])
			v.Joins = append(v.Joins, journey.Join{Rule: rule, Confidence: confidence, From: at, To: to})
		}
	}
	return v
}

func stampOf(t *State, n *node) journey.Stamp {
	text := t.Symbols.Text
	s := journey.Stamp{
		Stage: n.Stage, Kind: n.Kind, Service: text(n.Service), Name: text(n.Name), Trace: t.groups.at(n.group).trace,
		Span: n.span, Parent: n.stamp.parent, Event: int(n.event), Start: n.stamp.start, End: n.stamp.end, Error: n.Error, Category: n.Category,
		Recipient: strings.Clone(n.ids.recipient), Destination: text(cmp.Or(n.dims[span.Destination], n.Server, n.Topic)),
		Attempt: int(n.stamp.retry), Host: text(n.Host), Position: n.position,
	}
	if shared := max(n.shared(), int(n.of)); shared > 1 {
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
func (a *assessor) clocksOf(t *State, root *node) (differ []journey.Clock) {
	if !t.clocks.Wrong() {
		return nil
	}
	var met []span.Symbol
	for _, i := range a.members {
		host := a.nodes[i].Host
		if slices.Contains(met, host) {
			continue
		}
		met = append(met, host)
		e := t.clocks.Offset(root.Host, host, t.now)
		if _, suspect := t.clocks.Ahead(host); e.Offset != 0 || suspect {
			differ = append(differ, journey.Clock{Host: t.Symbols.Text(host), Offset: time.Duration(-e.Offset), Bound: time.Duration(e.Bound), Suspect: suspect})
		}
	}
	return differ
}
