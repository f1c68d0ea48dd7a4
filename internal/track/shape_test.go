// SPDX-License-Identifier: Apache-2.0

package track_test

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track"
)

// mold makes messages of about the same shape, however odd that is.
type mold struct {
	random *rand.Rand
	parts  []moldPart
	vague  bool  // what comes out is only nearly of the shape
	ahead  int64 // the clock of host-2
}

type moldPart struct {
	said
	parent int // -1: it has none, -2: that never comes
	at     int64
	says   uint8 // dimensions, by bit
}

func newMold(random *rand.Rand) *mold {
	m := &mold{random: random, vague: true}
	for i := range 1 + random.IntN(8) {
		m.parts = append(m.parts, m.part(i))
	}
	return m
}

// newCreation is of a request that creates something and publishes something, and of who takes it.
func newCreation(random *rand.Rand) *mold {
	m := &mold{random: random, vague: true}
	stages := []span.Stage{span.Accepted, span.Created, span.Published, span.Processed}
	for i := range 2 + random.IntN(4) {
		part := m.part(i)
		part.Stage = stages[min(i, 1+random.IntN(3))]
		part.Kind = []span.Kind{span.Server, span.Producer, span.Producer, span.Consumer}[slices.Index(stages, part.Stage)]
		if part.parent = 0; i == 0 {
			part.parent = -1
		} else if m.chance(30) {
			part.parent = random.IntN(i)
		}
		m.parts = append(m.parts, part)
	}
	return m
}

func (m *mold) pick(texts ...string) string { return texts[m.random.IntN(len(texts))] }

func (m *mold) chance(percent int) bool { return m.random.IntN(100) < percent }

func (m *mold) part(i int) (p moldPart) {
	p.parent = i - 1 - m.random.IntN(2)
	switch {
	case m.chance(7):
		p.parent = -2
	case m.chance(20):
		p.parent = m.random.IntN(i + 1)
	}
	p.parent = max(p.parent, -2)
	if i == 0 && p.parent != -2 {
		p.parent = -1
	}
	p.at = int64(i)*10e6 + int64(m.random.IntN(3))*5e6
	p.says = uint8(m.random.Uint32() & m.random.Uint32())
	p.service, p.topic, p.system = m.pick("api", "worker", "mailer"), m.pick("", "orders", "orders", "letters"), m.pick("", "nats")
	p.route, p.server = m.pick("", "", "/v1/chat", "/v1/orders"), m.pick("", "one.example")
	usual := []span.Stage{span.Accepted, span.Published, span.Consumed, span.Processed, span.Invoked, span.Invoked, span.Delivered, span.Created, span.None}
	p.Stage = usual[m.random.IntN(len(usual))]
	if i > 0 && m.chance(20) {
		p.Stage = span.Stage(m.random.IntN(int(span.NumStages)))
	}
	if i == 0 && m.chance(60) {
		p.Stage = usual[m.random.IntN(2)]
	}
	p.Kind = []span.Kind{span.Server, span.Internal, span.Producer, span.Consumer, span.Client}[m.random.IntN(5)]
	p.Explicit, p.Error = m.chance(30), m.chance(15)
	p.Key, p.MessageID, p.Recipient = m.pick("", "", "K", "L"), m.pick("", "M", "N", "7"), m.pick("", "", "R")
	if m.chance(8) {
		p.Outcome = []span.Outcome{span.OutcomeFailed, span.OutcomeDeadLettered, span.OutcomeSuppressed, span.OutcomeExpired}[m.random.IntN(4)]
	}
	if m.chance(8) {
		p.Recipients, p.Retry = uint32(m.random.IntN(4)), uint32(m.random.IntN(3))
	}
	if m.chance(5) {
		p.Event = uint16(m.random.IntN(2))
	}
	p.Partial, p.Batch = m.chance(2), uint32(max(0, m.random.IntN(60)-57))
	return p
}

// vary takes over one thing that another part says.
func (m *mold) vary(p *moldPart, other moldPart) {
	switch m.random.IntN(17) {
	case 0:
		p.service = other.service
	case 1:
		p.topic = other.topic
	case 2:
		p.system = other.system
	case 3:
		p.route = other.route
	case 4:
		p.server = other.server
	case 5:
		p.Stage = other.Stage
	case 6:
		p.Kind = other.Kind
	case 7:
		p.Explicit = !p.Explicit
	case 8:
		p.Error = !p.Error
	case 9:
		p.Outcome = span.OutcomeDeadLettered - p.Outcome
	case 10:
		p.Key, p.MessageID = other.Key, other.MessageID
	case 11:
		p.Recipient, p.Recipients = other.Recipient, uint32(m.random.IntN(4))
	case 12:
		p.Retry = uint32(m.random.IntN(3))
	case 13:
		p.says = other.says
	case 14:
		p.parent = other.parent
	case 15:
		p.Event = 1 - p.Event
	case 16:
		p.Partial = !p.Partial
	}
}

// message fills the mold with texts and times of its own.
func (m *mold) message(number uint64, base int64) (records []said) {
	var trace span.TraceID
	binary.BigEndian.PutUint64(trace[:8], number*0x9e3779b97f4a7c15)
	binary.BigEndian.PutUint64(trace[8:], number)
	spanOf := func(i int) (id span.ID) {
		binary.BigEndian.PutUint64(id[:], (number*32+uint64(i+3))*0xd6e8feb86659fd93|1)
		return id
	}
	parts := slices.Clone(m.parts)
	if m.vague && m.chance(60) {
		i := m.random.IntN(1 + m.random.IntN(len(parts)))
		m.vary(&parts[i], m.part(i))
	}
	for i, part := range parts {
		s := part.said
		s.Trace, s.Span = trace, spanOf(i)
		if part.parent != -1 {
			s.Parent = spanOf(part.parent)
		}
		s.Start = base + part.at + int64(m.random.IntN(2)*m.random.IntN(3))*1e6
		s.End = s.Start + int64(m.random.IntN(60))*1e6
		if s.Recipient != "" && m.vague {
			s.Recipient = m.pick("R", "S")
		}
		for _, text := range []*string{&s.Key, &s.MessageID, &s.Recipient} {
			if *text != "" && *text != "7" {
				*text = fmt.Sprint(*text, "-", number)
			}
		}
		for d := range s.dims {
			if part.says>>d&1 != 0 {
				s.dims[d] = m.pick("one", "two", "three")
			}
		}
		if s.server != "" {
			s.server = m.pick("one.example", "two.example")
		}
		s.name, s.host = m.pick("", "this", "that"), m.pick("", "host-1", "host-2")
		if s.host == "host-2" {
			s.Start, s.End = s.Start+m.ahead, s.End+m.ahead
		}
		if s.Error {
			s.Category = span.Category(m.random.IntN(4))
		}
		records = append(records, s)
	}
	return records
}

// moldMoves is a log of many messages from few molds, in any order.
func moldMoves(seed uint64) (log []move) {
	random := rand.New(rand.NewPCG(seed, 11))
	now, number, ahead := dawn, seed<<20, int64(random.IntN(2)*random.IntN(100))*1e9
	for range 12 {
		m := newMold(random)
		if random.IntN(4) == 0 {
			m = newCreation(random)
		}
		m.ahead = ahead
		for range 6 {
			var records []said
			for range 3 {
				number++
				records = append(records, m.message(number, now+int64(number%4)*3e6)...)
			}
			random.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
			for from := 0; from < len(records); {
				to := min(from+1+random.IntN(1+len(records)), len(records))
				now += int64(random.IntN(3)) * 1e9
				look := &records[random.IntN(to)]
				log = append(log, move{batchOf(records[from:to], now), now, hex.EncodeToString(look.Trace[:])})
				from = to
			}
			now += int64(random.IntN(12)) * 1e9
			log = append(log, move{now: now})
		}
		now += int64(random.IntN(800)) * 1e9
		log = append(log, move{now: now})
	}
	return append(log, move{now: now + int64(2*time.Hour)}, move{now: now + int64(28*time.Hour)}, move{now: now + int64(54*time.Hour)})
}

// TestPlansAreInvisible folds the same logs with plans and without. What is said is the
// same to the byte.
func TestPlansAreInvisible(t *testing.T) {
	t.Parallel()
	planned, general := 0, 0
	for seed := range uint64(24) {
		with, without := track.New(replayOptions()), track.New(replayOptions())
		without.AssessAnew()
		for at, move := range append(moldMoves(seed), moves(seed)...) {
			want := move.apply(without, at)
			if got := move.apply(with, at); got != want {
				t.Fatalf("seed %d, step %d: with plans\n%s\nand without\n%s", seed, at, got, want)
			}
		}
		if got, want := with.Leaks(), without.Leaks(); got != want {
			t.Fatalf("seed %d: with plans the tracker holds %s\nand without %s", seed, got, want)
		}
		plans, none := with.Plans()
		planned, general = planned+plans, general+none
	}
	if planned < 600 || general < 80 {
		t.Errorf("only %d plans were made, and %d shapes have none", planned, general)
	}
}

// TestNothingStaysForever folds logs in which what is believed of clocks changes while
// messages wait to be let go of. All are, once their time has come, and each delivery of
// the ledger has a row.
func TestNothingStaysForever(t *testing.T) {
	t.Parallel()
	for seed := range uint64(24) {
		tracker, now := track.New(replayOptions()), int64(0)
		rows, deliveries := map[string]bool{}, int32(0)
		take := func(effects *journey.Effects) {
			for ; effects != nil; effects = tracker.More() {
				for i := range effects.Settled {
					row := &effects.Settled[i]
					id := fmt.Sprintf("%s of %x at %d", row.ID, row.Trace, row.Started) // a message may be published again under its id
					if rows[id] = row.Verdict != journey.NoVerdict; !rows[id] {
						delete(rows, id)
					}
				}
				for _, entry := range effects.Entries {
					deliveries += entry.Delta
				}
			}
		}
		for at, move := range append(moldMoves(seed), moves(seed)...) {
			if now = move.now; move.batch != nil {
				take(tracker.Step(journey.Position(at+1), move.batch))
			}
			take(tracker.Tick(journey.Position(at+1), now))
		}
		for range 8 {
			now += int64(30 * time.Hour)
			take(tracker.Tick(1<<20, now))
		}
		if left := tracker.Leaks(); left != "" {
			t.Errorf("seed %d: the tracker still holds %s", seed, left)
		}
		if len(rows) != int(deliveries) {
			t.Errorf("seed %d: %d deliveries and %d rows", seed, deliveries, len(rows))
		}
	}
}

// TestPlansFollowThePaths changes the paths between two messages of one shape.
func TestPlansFollowThePaths(t *testing.T) {
	t.Parallel()
	tracker := track.New(track.Options{})
	m := &mold{random: rand.New(rand.NewPCG(1, 1)), parts: []moldPart{
		{said: said{Record: span.Record{Stage: span.Accepted, Kind: span.Server}, service: "api", route: "/v1/chat"}, parent: -1},
		{said: said{Record: span.Record{Stage: span.Published, Kind: span.Producer}, service: "api", topic: "orders"}, parent: 0, at: 5e6},
	}}
	paths := map[string]int{}
	for number := range uint64(12) {
		if number == 6 {
			tracker.Reconfigure(replayOptions().Paths, track.Path{})
		}
		effects := tracker.Step(journey.Position(number+1), batchOf(m.message(number+1, dawn), dawn))
		for _, entry := range effects.Entries {
			paths[tracker.Text(tracker.Class(entry.Class).Path)] += int(entry.Delta)
		}
	}
	if plans, _ := tracker.Plans(); plans != 1 || paths["default"] != 6 || paths["chat"] != 6 {
		t.Errorf("%d plans, messages by path: %v", plans, paths)
	}
}
