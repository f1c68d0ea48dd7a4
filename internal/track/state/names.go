// SPDX-License-Identifier: Apache-2.0

package state

import (
	"github.com/cespare/xxhash/v2"

	"github.com/hopstamp/hopstamp/internal/flat"
	"github.com/hopstamp/hopstamp/internal/span"
)

// Not every broker carries a context, and not every library writes one. Then both
// sides may still say the same of a message: its id, its key, where it lies in its
// destination, the conversation that it is part of. Such a thing is a name here.
//
// Who produces a message offers its names, and who took one and continues nothing
// that is here seeks them (track/join/seek.go). Offers are only numbers of groups under the
// hash of a name, so that a message which nobody seeks costs little more than its
// place in a table.

// Match is how a stamp was found to continue another one. They are in order of
// trust: of two that lead to different stamps, the earlier counts.
type Match uint8

// The matches, and what may stand in place of one.
const (
	ByLink Match = iota
	ByMessageID
	ByKey
	ByClient
	ByCoordinate
	ByConversation
	numMatches

	// BesideIt is in place of a match where a send without links stands beside what was
	// created for it to send.
	BesideIt = numMatches + 1
	// LetGo is in place of a match whose message was let go of: it is not looked for again.
	LetGo = numMatches
)

// Names are the hashes of what a message is known by, by match; 0: not said.
type Names [numMatches]uint64

// Each visits the names that are said.
func (n Names) Each(visit func(by Match, name uint64)) {
	for by, name := range n {
		if name != 0 {
			visit(Match(by), name)
		}
	}
}

// Names of a message, by kind.
func (i *IDs) Names() [3]string { return [...]string{i.Key, i.Message, i.Coordinate} }

// NameOf hashes a name in its scope: an id and a coordinate mean something only in
// the destination of their system, a conversation in its system.
func NameOf(by Match, p *Profile, text string) uint64 {
	if text == "" {
		return 0
	}
	scope := uint64(by)
	switch by {
	case ByMessageID, ByCoordinate:
		scope |= uint64(p.System)<<36 ^ uint64(p.Topic)<<4
	case ByConversation:
		scope |= uint64(p.System) << 36
	}
	return max(1, HashOf(text)^flat.Mix(scope))
}

// HashOf is by what a text is found.
func HashOf(text string) uint64 { return xxhash.Sum64String(text) }

// clientName is what clients of one recipient have in common who tell of a message.
func clientName(texts *IDs) uint64 {
	if texts.Key == "" {
		return 0
	}
	return max(1, HashOf(texts.Key)^flat.Mix(HashOf(texts.Recipient)+uint64(ByClient)))
}

// Produces tells that the broker's names are known to it, too.
func (p *Profile) Produces() bool { return p.Stage == span.Published || p.Stage == span.Created }

// Consumes tells whether a stamp continues a message that somebody produced.
func (p *Profile) Consumes() bool { return Consumes(p.Stage, p.Kind) }

// Consumes tells the same of a stage and a kind.
func Consumes(stage span.Stage, kind span.Kind) bool {
	return stage >= span.Consumed || kind == span.Consumer
}

// Takes tells whether a stamp is one of taking a message.
func (p *Profile) Takes() bool {
	return p.Kind == span.Consumer || p.Stage == span.Consumed || p.Stage == span.Processed
}

// BeginsAlone tells whether a message begins with a stamp although it is none that
// produces messages, because nothing is known of what it continues.
func (p *Profile) BeginsAlone(stamp *Stamp) bool {
	return p.Explicit && p.Stage >= span.Consumed && stamp.Parent == (span.ID{}) && stamp.Event == 0
}

// Shows are the names that a stamp, or a link of it, shows.
func (p *Profile) Shows(texts *IDs) Names {
	return Names{
		ByMessageID: NameOf(ByMessageID, p, texts.Message), ByKey: NameOf(ByKey, p, texts.Key), ByClient: clientName(texts),
		ByCoordinate: NameOf(ByCoordinate, p, texts.Coordinate), ByConversation: NameOf(ByConversation, p, texts.Conversation),
	}
}

// Offers are the names under which others find the message that a stamp shows these
// texts of. Whoever accepts it knows its key. A client that tells of it offers itself to
// the others of its recipient, for when nobody knows more.
func (p *Profile) Offers(stamp *Stamp, texts *IDs) Names {
	switch {
	case p.BeginsAlone(stamp):
		return Names{ByClient: clientName(texts)}
	case p.Produces() && p.Kind != span.Consumer:
		shown := p.Shows(texts)
		shown[ByClient] = 0
		return shown
	case p.Stage != span.None && !p.Consumes():
		return Names{ByKey: NameOf(ByKey, p, texts.Key)}
	}
	return Names{}
}

// Finds tells whether a stamp that shows a key or a message id offers it, too. A
// conversation may be that of many, and the newest is asked for.
func (p *Profile) Finds(stamp *Stamp) (key, message bool) {
	if p.Consumes() || p.Stage == span.None || p.BeginsAlone(stamp) {
		return false, false
	}
	return true, p.Produces()
}

// Sends tells whether a stamp that links to others hands messages over.
func (st *State) Sends(s uint32) bool { return !st.Profiles.At(st.Stamps.At(s).Profile).Consumes() }

// EachOffered visits the names that a stamp offers, its own and those of its links.
func (st *State) EachOffered(p *Profile, stamp *Stamp, visit func(by Match, name uint64)) {
	if p.Consumes() && !p.BeginsAlone(stamp) {
		return
	}
	texts := st.Texts.Read(stamp.Texts)
	p.Offers(stamp, &texts).Each(visit)
	for e := stamp.Edges; e != 0; e = st.Edges.At(e).NextOfStamp {
		st.EachOfferedBy(st.Edges.At(e), visit)
	}
}

// EachOfferedBy visits the names that a link of a stamp offers.
func (st *State) EachOfferedBy(edge *Edge, visit func(by Match, name uint64)) {
	if edge.Text == 0 {
		return
	}
	stamp := st.Stamps.At(st.StartOf(edge))
	if p := st.Profiles.At(stamp.Profile); p.Produces() {
		texts := st.Texts.Read(edge.Text)
		p.Offers(stamp, &texts).Each(visit)
	}
}

// Seek is one name under which an edge looks for its message.
type Seek struct {
	Name         uint64
	Edge         uint32
	Worse        uint32 // the next name of the edge
	Next, Before uint32 // that are sought under the same name
	By           Match
}
