// SPDX-License-Identifier: Apache-2.0

package track

import (
	"encoding/binary"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/pack"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/assess"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// From rows is learned which way journeys of a kind go. So with a row that is taken back
// goes what was learned from it: how the kind is called and the stages that were passed,
// which are kept in a few bytes for as long as the row may be corrected.
//
//	way = symbol of the service uvarint | symbol of what begins there uvarint | the stages, a byte each

// written is a delivery whose row is about to be written, and its kind.
type written struct {
	known         *state.Told
	row           int // among those settled in the step
	service, what span.Symbol
	trace         span.TraceID // of the group that tells of it
}

func (t *Tracker) wayOf(known *state.Told, f *assess.Finding, trace span.TraceID) written {
	service, what := t.assessor.Began(f)
	return written{known, len(t.effects.Settled), service, what, trace}
}

func (t *Tracker) packWay(w written, hops []journey.Hop) string {
	packed := binary.AppendUvarint(t.way[:0], uint64(w.service))
	packed = binary.AppendUvarint(packed, uint64(w.what))
	for i := range hops {
		packed = append(packed, byte(hops[i].To))
	}
	t.way = packed
	return string(packed)
}

// takeBackWay tells what the row of a delivery had said. A snapshot of before knew nothing
// of that.
func (t *Tracker) takeBackWay(known *state.Told, packed string) {
	c := pack.Reader{Rest: []byte(packed)}
	symbols := uint64(t.state.Symbols.Count())
	service, what := span.Symbol(c.Below(symbols)), span.Symbol(c.Below(symbols))
	stages := t.assessor.Stages(len(c.Rest))
	for i := range stages {
		stages[i] = span.Stage(c.Below(uint64(span.NumStages)))
	}
	if !c.Whole() {
		return
	}
	t.effects.TakenBack = append(t.effects.TakenBack, journey.TakenBack{
		Path: t.state.Symbols.Text(t.state.Classes.Class(known.Tally.Class).Path), Kind: t.assessor.KindText(&t.state, service, what),
		Verdict: known.Tally.Verdict, Stages: stages,
	})
}
