// SPDX-License-Identifier: Apache-2.0

package track

import (
	"bytes"
	"cmp"
	"math"

	"github.com/hopstamp/hopstamp/internal/span"
)

// The shape of a plain journey is its stamps in canonical order: of each its role, which
// one it continues, and which texts and dimensions it says, but not what those are, nor
// any time. Everything up to the reach of the deliveries is a function of the shape, so
// it is found out once (see plan.go), and most messages have one of few. Whatever is
// newly asked of a stamp before the verdict has to become part of its role or its word.
//
// A journey is plain when it is of one small group, joined to nothing, of no batch, and
// nothing of it stands beside what sent its message (see beside.go, made.go).

// maxShape is the stamps that a shape has at most.
const maxShape = 16

// shape is that of the group which is assessed.
type shape struct {
	word   [maxShape + 1]uint64 // what it is; see wordOf
	count  int
	stamps [maxShape]shaped
	texts  [maxShape]ids
	roles  roles
}

// shaped is a stamp of it.
type shaped struct {
	start   int64 // by our clock, see times.go
	ahead   int64 // that of its host
	suspect bool  // that is
	at, up  uint32
	stamp   *stamp
	*sharedProfile
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
func (sh *shape) read(t *State, group *group, patient bool) (plain, crowded bool) {
	if group.count > maxShape || group.outs|group.ins|group.loose|group.dangling != 0 {
		return false, false
	}
	sh.count = int(group.count)
	at := sh.count
	for s := group.stamps; s != 0; { // the newest is mostly the last
		stamp := t.stamps.at(s)
		if !stamp.plain() {
			return false, false
		}
		at--
		sh.stamps[at] = shaped{start: stamp.start, at: s, up: stamp.up, stamp: stamp, sharedProfile: t.profiles.shared(stamp.profile)}
		s = stamp.next
	}
	sh.setRight(t)
	sh.sort(t)
	sh.word[0] = uint64(sh.count) << 1
	if patient {
		sh.word[0] |= 1
	}
	beside, creates := false, false
	for i := range sh.count {
		sh.word[i+1] = sh.wordOf(t, i)
		if sh.word[i+1]&maxRoles == 0 {
			return false, true
		}
		beside = beside || sh.besides(t, i)
		creates = creates || sh.stamps[i].Stage == span.Created
	}
	return (!beside || !sh.offersBeside()) && (!creates || !sh.sendsBeside()), false
}

// besides tells whether a stamp takes a message by name, and nothing right above it sent one.
func (sh *shape) besides(t *State, i int) bool {
	of := &sh.stamps[i]
	return of.up != 0 && of.stamp.texts != 0 && of.takes() && !t.joinsParent(t.stamps.at(of.up)) && (sh.texts[i].message != "" || sh.texts[i].coordinate != "")
}

// offersBeside tells whether any message is taken by a name below something that did not send it.
func (sh *shape) offersBeside() bool {
	for i := range sh.count {
		for j := range sh.count {
			of, by := &sh.stamps[i], &sh.stamps[j]
			if of.stamp.texts == 0 || by.stamp.texts == 0 || !of.takes() || !by.produces() || of.up == by.at || of.System != by.System || of.Topic != by.Topic {
				continue
			}
			if x, y := &sh.texts[i], &sh.texts[j]; x.message != "" && x.message == y.message || x.coordinate != "" && x.coordinate == y.coordinate {
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
			if made.Stage == span.Created && sent.Stage == span.Published && made.stamp.parent == sent.stamp.parent &&
				made.System == sent.System && made.Topic == sent.Topic {
				return true
			}
		}
	}
	return false
}

// setRight is assessor.setRight for stamps.
func (sh *shape) setRight(t *State) {
	if !t.clocks.Wrong() {
		return
	}
	for i := range sh.count {
		of := &sh.stamps[i]
		of.ahead, of.suspect = t.clocks.Ahead(of.Host)
		of.start -= of.ahead
	}
}

// plain tells whether nothing joins a stamp to others than its parent, and it covers no
// more than one message.
func (s *stamp) plain() bool {
	return s.edges|s.in == 0 && !s.linked && s.links == 0 && s.batch <= 1 && s.retry <= math.MaxUint8 && s.recipients <= math.MaxUint8
}

// sort is the canonical order; see assessor.compare.
func (sh *shape) sort(t *State) {
	for i := 1; i < sh.count; i++ {
		if sh.stamps[i-1].start < sh.stamps[i].start {
			continue
		}
		moved, j := sh.stamps[i], i
		for ; j > 0 && compareShaped(t, &sh.stamps[j-1], &moved) > 0; j-- {
			sh.stamps[j] = sh.stamps[j-1]
		}
		sh.stamps[j] = moved
	}
}

func compareShaped(t *State, x, y *shaped) int {
	if x.start != y.start {
		return cmp.Compare(x.start, y.start)
	}
	return cmp.Or(cmp.Compare(heightOf(t, x.stamp), heightOf(t, y.stamp)), bytes.Compare(x.stamp.span[:], y.stamp.span[:]), cmp.Compare(x.stamp.event, y.stamp.event))
}

// heightOf is how many stamps are above one; parents may stand in a circle.
func heightOf(t *State, s *stamp) (above int) {
	for s.up != 0 && above < maxShape {
		s = t.stamps.at(s.up)
		above++
	}
	return above
}

// wordOf is what a stamp adds to the shape.
func (sh *shape) wordOf(t *State, i int) uint64 {
	of := &sh.stamps[i]
	stamp := of.stamp
	word := uint64(sh.roles.of(of.sharedProfile)) | uint64(stamp.retry)<<wordRetry | uint64(stamp.recipients)<<wordRecipients | uint64(stamp.dimensions)<<wordDims
	switch {
	case of.up != 0:
		word |= sh.ordinalOf(of.up) << wordParent
	case stamp.parent == span.ID{}:
		word |= wordOutset
	}
	if of.Stage == span.Invoked {
		word |= sh.firstCall(i) << wordCall
	}
	if stamp.event != 0 {
		word |= wordEvent
	}
	if stamp.texts != 0 {
		sh.texts[i] = t.texts.read(stamp.texts)
		word |= sh.wordOfTexts(i)
	}
	return word
}

func (sh *shape) wordOfTexts(i int) (word uint64) {
	texts := &sh.texts[i]
	if texts.key != "" {
		word |= wordKey
	}
	if texts.message != "" {
		word |= wordMessage
		if sh.stamps[i].Stage <= span.Published && isNumber(texts.message) {
			word |= wordNumber
		}
	}
	if texts.recipient != "" {
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

func (of *shaped) calls() span.Symbol { return cmp.Or(of.stamp.dims[span.Destination], of.Server) }

// firstNamed is the first stamp that names a recipient.
func (sh *shape) firstNamed(i int) uint64 {
	for first := range i {
		if sh.stamps[first].stamp.texts != 0 && sh.texts[first].recipient == sh.texts[i].recipient {
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
