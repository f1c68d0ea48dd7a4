// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"bytes"
	"cmp"

	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// The shape of a plain journey is its stamps in canonical order: of each its role, which
// one it continues, and which texts and dimensions it says, but not what those are, nor
// any time. Everything up to the reach of the deliveries is a function of the shape, so
// it is found out once (see plan.go), and most messages have one of few. Whatever is
// newly asked of a stamp before the verdict has to become part of its role or its word.
//
// A journey is plain when it is of one small group, joined to nothing, of no batch, and
// nothing of it stands beside what sent its message (see package gather).

// maxShape is the stamps that a shape has at most.
const maxShape = 16

// shape is that of the group which is assessed.
type shape struct {
	word   [maxShape + 1]uint64 // what it is; see wordOf
	count  int
	stamps [maxShape]shaped
	texts  [maxShape]state.IDs
	roles  roles
}

// shaped is a stamp of it.
type shaped struct {
	start   int64 // by our clock
	ahead   int64 // that of its host
	suspect bool  // that is
	at, up  uint32
	stamp   *state.Stamp
	*state.SharedProfile
}

// The parts of a stamp's word, by the bit at which each begins.
const (
	wordParent     = roleBits
	wordRecipient  = wordParent + ordinalBits
	wordCall       = wordRecipient + ordinalBits
	wordRetry      = wordCall + ordinalBits
	wordRecipients = wordRetry + 8
	wordDims       = wordRecipients + 8
	wordFlags      = wordDims + uint(span.NumDims)

	ordinalBits = 5 // a stamp's place in the shape, from 1 on; 0: none
)

const (
	wordKey     = 1 << (wordFlags + iota) // it shows a message key
	wordMessage                           // it shows a message id
	wordNumber                            // which is none, see isNumber
	wordOutset                            // it says that it continues nothing
	wordEvent                             // it is an event of a span
)

// read takes the shape of a group. It answers false when the group is not plain, or
// when there are too many roles to name one more.
func (sh *shape) read(st *state.State, group *state.Group, patient bool) (plain, crowded bool) {
	if group.Count > maxShape || group.Outs|group.Ins|group.Loose|group.Dangling != 0 {
		return false, false
	}
	sh.count = int(group.Count)
	at := sh.count
	for s := group.Stamps; s != 0; { // the newest is mostly the last
		stamp := st.Stamps.At(s)
		if !stamp.Plain() {
			return false, false
		}
		at--
		sh.stamps[at] = shaped{start: stamp.Start, at: s, up: stamp.Up, stamp: stamp, SharedProfile: st.Profiles.Shared(stamp.Profile)}
		s = stamp.Next
	}
	sh.setRight(st)
	sh.sort(st)
	sh.word[0] = uint64(sh.count) << 1
	if patient {
		sh.word[0] |= 1
	}
	beside, creates := false, false
	for i := range sh.count {
		sh.word[i+1] = sh.wordOf(st, i)
		if sh.word[i+1]&maxRoles == 0 {
			return false, true
		}
		beside = beside || sh.besides(st, i)
		creates = creates || sh.stamps[i].Stage == span.Created
	}
	return (!beside || !sh.offersBeside()) && (!creates || !sh.sendsBeside()), false
}

// besides tells whether a stamp takes a message by name, and nothing right above it sent one.
func (sh *shape) besides(st *state.State, i int) bool {
	of := &sh.stamps[i]
	return of.up != 0 && of.stamp.Texts != 0 && of.Takes() && !st.JoinsParent(st.Stamps.At(of.up)) && (sh.texts[i].Message != "" || sh.texts[i].Coordinate != "")
}

// offersBeside tells whether any message is taken by a name below something that did not send it.
func (sh *shape) offersBeside() bool {
	for i := range sh.count {
		for j := range sh.count {
			of, by := &sh.stamps[i], &sh.stamps[j]
			if of.stamp.Texts == 0 || by.stamp.Texts == 0 || !of.Takes() || !by.Produces() || of.up == by.at || of.System != by.System || of.Topic != by.Topic {
				continue
			}
			if x, y := &sh.texts[i], &sh.texts[j]; x.Message != "" && x.Message == y.Message || x.Coordinate != "" && x.Coordinate == y.Coordinate {
				return true
			}
		}
	}
	return false
}

// sendsBeside tells whether something is sent beside what was created for the same destination.
func (sh *shape) sendsBeside() bool {
	for i := range sh.count {
		for j := range sh.count {
			made, sent := &sh.stamps[i], &sh.stamps[j]
			if made.Stage == span.Created && sent.Stage == span.Published && made.stamp.Parent == sent.stamp.Parent &&
				made.System == sent.System && made.Topic == sent.Topic {
				return true
			}
		}
	}
	return false
}

// setRight gives the stamps the times that they have by our clock.
func (sh *shape) setRight(st *state.State) {
	if !st.Clocks.Wrong() {
		return
	}
	for i := range sh.count {
		of := &sh.stamps[i]
		of.ahead, of.suspect = st.Clocks.Ahead(of.Host)
		of.start -= of.ahead
	}
}

// sort is the canonical order, as package gather has it.
func (sh *shape) sort(st *state.State) {
	for i := 1; i < sh.count; i++ {
		if sh.stamps[i-1].start < sh.stamps[i].start {
			continue
		}
		moved, j := sh.stamps[i], i
		for ; j > 0 && compareShaped(st, &sh.stamps[j-1], &moved) > 0; j-- {
			sh.stamps[j] = sh.stamps[j-1]
		}
		sh.stamps[j] = moved
	}
}

func compareShaped(st *state.State, x, y *shaped) int {
	if x.start != y.start {
		return cmp.Compare(x.start, y.start)
	}
	return cmp.Or(cmp.Compare(heightOf(st, x.stamp), heightOf(st, y.stamp)), bytes.Compare(x.stamp.Span[:], y.stamp.Span[:]), cmp.Compare(x.stamp.Event, y.stamp.Event))
}

// heightOf is how many stamps are above one; parents may stand in a circle.
func heightOf(st *state.State, s *state.Stamp) (above int) {
	for s.Up != 0 && above < maxShape {
		s = st.Stamps.At(s.Up)
		above++
	}
	return above
}

// wordOf is what a stamp adds to the shape.
func (sh *shape) wordOf(st *state.State, i int) uint64 {
	of := &sh.stamps[i]
	stamp := of.stamp
	word := uint64(sh.roles.of(of.SharedProfile)) | uint64(stamp.Retry)<<wordRetry | uint64(stamp.Recipients)<<wordRecipients | uint64(stamp.Dimensions)<<wordDims
	switch {
	case of.up != 0:
		word |= sh.ordinalOf(of.up) << wordParent
	case stamp.Parent == span.ID{}:
		word |= wordOutset
	}
	if of.Stage == span.Invoked {
		word |= sh.firstCall(i) << wordCall
	}
	if stamp.Event != 0 {
		word |= wordEvent
	}
	if stamp.Texts != 0 {
		sh.texts[i] = st.Texts.Read(stamp.Texts)
		word |= sh.wordOfTexts(i)
	}
	return word
}

func (sh *shape) wordOfTexts(i int) (word uint64) {
	texts := &sh.texts[i]
	if texts.Key != "" {
		word |= wordKey
	}
	if texts.Message != "" {
		word |= wordMessage
		if sh.stamps[i].Stage <= span.Published && isNumber(texts.Message) {
			word |= wordNumber
		}
	}
	if texts.Recipient != "" {
		word |= sh.firstNamed(i) << wordRecipient
	}
	return word
}

// ordinalOf is the place of a stamp.
func (sh *shape) ordinalOf(s uint32) uint64 {
	for i := range sh.count {
		if sh.stamps[i].at == s {
			return uint64(i + 1)
		}
	}
	return 0
}

// firstCall is the first call to where one went.
func (sh *shape) firstCall(i int) uint64 {
	to := sh.stamps[i].calls()
	for first := range i {
		if of := &sh.stamps[first]; of.Stage == span.Invoked && of.calls() == to {
			return uint64(first + 1)
		}
	}
	return uint64(i + 1)
}

func (of *shaped) calls() span.Symbol { return cmp.Or(of.stamp.Dims[span.Destination], of.Server) }

// firstNamed is the first stamp that names a recipient.
func (sh *shape) firstNamed(i int) uint64 {
	for first := range i {
		if sh.stamps[first].stamp.Texts != 0 && sh.texts[first].Recipient == sh.texts[i].Recipient {
			return uint64(first + 1)
		}
	}
	return uint64(i + 1)
}

// words are the shape, complete.
func (sh *shape) words() []uint64 { return sh.word[:sh.count+1] }

func (sh *shape) hash() uint64 {
	hash := uint64(0)
	for _, word := range sh.words() {
		hash = (hash ^ word) * 0x9e3779b97f4a7c15
		hash ^= hash >> 32
	}
	return hash
}
