// SPDX-License-Identifier: Apache-2.0

package sample

import "github.com/hopstamp/hopstamp/internal/journey"

// decideAll decides the messages of some deliveries by the policies before a limit;
// messages that none of them applies to stay undecided.
func (s *Sampler) decideAll(deliveries []journey.Delivery, limit Policy) {
	s.effects.Decisions = s.effects.Decisions[:0]
	s.gather(deliveries)
	undecided := false
	for i := range s.messages.messages {
		m := &s.messages.messages[i]
		if limit == NumPolicies {
			s.observe(m)
		}
		policy := s.policyOf(m, limit)
		s.effects.Decisions = append(s.effects.Decisions, Decision{Policy: policy})
		if policy == limit {
			undecided = true
			continue
		}
		s.decide(m, &s.effects.Decisions[i])
	}
	if undecided {
		s.dropUndecided(limit)
	}
	s.messages.end()
}

// observe tells the path's tail of a message, and asks whether it is in there.
func (s *Sampler) observe(m *message) {
	if m.slowest == nil {
		return
	}
	tail := s.tails.of(m.slowest.Path)
	latency := m.slowest.Latency()
	m.tail = tail.begins(s.options.SlowQuantile)
	m.slow = m.tail > 0 && latency > m.tail && latency >= s.options.SlowFloor
	tail.observe(latency, m.slow)
	if m.slow {
		m.share = tail.share(s.options.SlowCap)
	}
}

func (s *Sampler) policyOf(m *message, limit Policy) Policy {
	for p := range limit {
		if s.applies(p, m) {
			return p
		}
	}
	return limit
}

func (s *Sampler) decide(m *message, d *Decision) {
	before := s.kept.keptBefore(m)
	share := s.shareOf(d.Policy, m, before == nil)
	d.Key, d.Threshold, d.Positions, d.Spans, d.Again = m.key, ThresholdOf(share), m.positions(), m.spans, before != nil
	switch {
	case before != nil && before.Threshold <= d.Threshold:
		d.Reason = before.Reason
		if d.Policy.MustKeep() { // it was stuck, and is known to have failed
			d.Reason = s.words(d.Policy, m, share)
		}
		d.Policy, d.Threshold, d.Kept = before.Policy, before.Threshold, before
		s.keep(m, before.Policy, before.Reason, before.Threshold)
	case d.Threshold.Keeps(m.random):
		d.Reason = s.words(d.Policy, m, share)
		d.Kept = s.keep(m, d.Policy, d.Reason, d.Threshold)
	}
	if !d.Again {
		s.count(d)
	}
}

// shareOf is the share of messages like this one that a policy keeps now. What a
// policy would drop is still drawn with all others. A new message is on the budget.
func (s *Sampler) shareOf(p Policy, m *message, isNew bool) float64 {
	share := 1.0
	if !p.MustKeep() {
		share = s.options.Shares[p]
	}
	if p == Slow {
		share *= m.share
	}
	if isNew {
		s.budget.expect(p, float64(m.spans)*share)
	}
	if p.MustKeep() {
		return 1
	}
	return max(share*s.budget.scales[p], s.options.Shares[Random]*s.budget.scales[Random])
}

// keep remembers the decision for those traces of the message for which it is new,
// and wants what the log holds of them.
func (s *Sampler) keep(m *message, policy Policy, reason string, threshold Threshold) *Kept {
	kept := s.kept.add(m, policy, reason, threshold, s.now)
	if kept != nil {
		for _, position := range m.positions() {
			s.copies.want(position, kept)
		}
	}
	return kept
}

func (s *Sampler) count(d *Decision) {
	counts := &s.counts[d.Policy]
	counts.Decided++
	if d.Kept != nil {
		counts.Kept++
		counts.Spans += uint64(d.Spans)
	}
}

// dropUndecided leaves only the decisions that were made.
func (s *Sampler) dropUndecided(undecided Policy) {
	all, made := s.effects.Decisions, 0
	places := make([]int32, len(all))
	for i := range all {
		places[i] = -1
		if all[i].Policy != undecided {
			places[i] = int32(made)
			all[made] = all[i]
			made++
		}
	}
	s.effects.Decisions = all[:made]
	for i, at := range s.effects.Of {
		if at >= 0 {
			s.effects.Of[i] = places[at]
		}
	}
}
