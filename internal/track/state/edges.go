// SPDX-License-Identifier: Apache-2.0

package state

import "github.com/hopstamp/hopstamp/internal/span"

// Edge is a link from a stamp to a span of another group or of its own: said by the
// sender, or found by a name. One that leads nowhere yet has no group that it leads to.
type Edge struct {
	From, To    uint32 // groups
	Stamp       uint32 // see StartOf; 0 while its group is frozen
	Target      span.ID
	NextIn      uint32 // of the target stamp or, while that is not here, of Group.Dangling
	NextOfStamp uint32
	Text        TextRef // what the link says of its message
	Seeks       uint32  // the names by which it seeks where it leads, best first, by Seek.Worse
	By          Match   // how it was found
	Unsure      bool    // it is to be matched in the step under way
}

// Said tells whether the sender said where the edge leads.
func (e *Edge) Said() bool { return e.To != 0 && e.By == ByLink }

// searches tells whether a stamp seeks by the edge what it continues by itself, or did.
func (e *Edge) searches() bool { return e.Text == 0 && (e.Seeks != 0 || e.By == LetGo) }

// StartOf is the stamp that an edge starts at, in a group that is open from now on.
func (st *State) StartOf(e *Edge) uint32 {
	st.Groups.At(e.From)
	return e.Stamp
}

// SetText keeps what a link says of its message, in place of what it said.
func (st *State) SetText(edge *Edge, texts IDs) {
	st.LinkBytes -= st.Texts.Size(edge.Text)
	st.Texts.Release(edge.Text)
	edge.Text = st.Texts.Keep(texts)
	st.LinkBytes += st.Texts.Size(edge.Text)
}

// TextsOf are the texts of a link.
func TextsOf(link *span.Link) IDs {
	return IDs{link.Key, link.MessageID, link.Conversation, link.Recipient, link.Coordinate}
}

// SetTexts are the texts that a link says from now on.
func SetTexts(link *span.Link, to IDs) {
	link.Key, link.MessageID, link.Conversation, link.Recipient, link.Coordinate = to.Key, to.Message, to.Conversation, to.Recipient, to.Coordinate
}

// LinkOf is an edge as the link that it was, with texts that say the same as its own.
func (st *State) LinkOf(e *Edge, texts IDs) (link span.Link) {
	SetTexts(&link, texts)
	if e.Said() {
		link.Trace, link.Span = st.Groups.At(e.To).Trace, e.Target
	}
	return link
}

// TextsBy are the texts of a stamp as a link tells of it that says some.
func (st *State) TextsBy(stamp *Stamp, text TextRef) IDs {
	texts := st.Texts.Read(stamp.Texts)
	if text != 0 {
		texts.of(stamp, st.Texts.Read(text))
	}
	return texts
}

// FewLinks is the number up to which walking them beats an index.
const FewLinks = 8

// JoinsParent tells whether a linked stamp also continues its parent span: it does
// when that is what handed the message over. Any other parent, a loop that polls a
// queue, is not the message's.
func (st *State) JoinsParent(parent *Stamp) bool {
	stage := st.Profiles.Stage(parent.Profile)
	return stage == span.Published || stage == span.Created
}
