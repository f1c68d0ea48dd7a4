// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

// Policy is a reason to keep a message. Their order is that in which they are
// tried: the first that applies to any delivery of the message decides.
type Policy uint8

// The policies. Those before Rare must keep: they keep all that they apply to.
const (
	Failed       Policy = iota // a delivery failed, was dead-lettered or expired
	Lost                       // a delivery was given up
	Stuck                      // a delivery is past its deadline, and still on the way
	Tenant                     // it is of a tenant that is always kept
	Rare                       // messages of its kind seldom pass these stages
	Slow                       // its slowest delivery is in the tail of its path
	Late                       // a delivery came after its path's deadline
	Retried                    // a delivery needed more than one try
	Unverifiable               // it cannot be known what became of a delivery
	Random                     // everything else
	NumPolicies

	firstAdaptive = Rare
)

var policyNames = [NumPolicies]string{"failed", "lost", "stuck", "tenant", "rare", "slow", "late", "retried", "unverifiable", "random"}

func (p Policy) String() string { return policyNames[p] }

// MustKeep tells whether the policy keeps all that it applies to, whatever the budget.
func (p Policy) MustKeep() bool { return p < firstAdaptive }

// deliveryPolicies tell, for the policies that look at one delivery at a time, whether
// they apply to it. Rare, Slow and Random look at the whole message.
var deliveryPolicies = [NumPolicies]func(s *Sampler, d *journey.Delivery) bool{
	Failed:       func(_ *Sampler, d *journey.Delivery) bool { return d.Verdict.Bad() && d.Verdict != journey.Lost },
	Lost:         func(_ *Sampler, d *journey.Delivery) bool { return d.Verdict == journey.Lost },
	Stuck:        func(_ *Sampler, d *journey.Delivery) bool { return d.Verdict == journey.Stuck },
	Tenant:       func(s *Sampler, d *journey.Delivery) bool { return s.tenants[d.Dims[span.Tenant]] },
	Late:         func(_ *Sampler, d *journey.Delivery) bool { return d.Timeliness == journey.Late },
	Retried:      func(_ *Sampler, d *journey.Delivery) bool { return d.Retries > 0 },
	Unverifiable: func(_ *Sampler, d *journey.Delivery) bool { return d.Verdict == journey.Unverifiable },
}

// applies tells whether a policy that is on applies to a message.
func (s *Sampler) applies(p Policy, m *message) bool {
	if s.options.Shares[p] <= 0 {
		return false
	}
	switch p {
	case Rare:
		return s.options.Rare != nil && s.options.Rare(m.first.Path, m.first.Kind, m.stages)
	case Slow:
		return m.slow
	case Random:
		return true
	}
	return m.because[p] != nil
}

// words say why a message is kept, with the share in effect.
func (s *Sampler) words(p Policy, m *message, share float64) string {
	if p == Random {
		return "random " + percent(share) + " %"
	}
	why := s.why(p, m)
	if share < 1 {
		why += " (" + percent(share) + " % of such are kept)"
	}
	return why
}

// why says what makes a policy apply to a message.
func (s *Sampler) why(p Policy, m *message) string {
	switch d := m.because[p]; p {
	case Failed, Lost, Stuck, Unverifiable:
		return d.Verdict.String() + ": " + d.Reason.String()
	case Tenant:
		return "tenant " + d.Dims[span.Tenant] + " is always kept"
	case Rare:
		return "rare shape: " + strings.TrimSpace(m.first.Kind+" "+stageNames(m.stages))
	case Slow:
		return fmt.Sprintf("slow: %s, p%s of %s is %s", journey.Human(m.slowest.Latency()), percent(s.options.SlowQuantile),
			m.slowest.Path, journey.Human(m.tail))
	case Late:
		return "late: " + journey.Human(d.Latency())
	case Retried:
		return "retries: " + strconv.Itoa(d.Retries)
	}
	return p.String()
}

func percent(share float64) string { return strconv.FormatFloat(100*share, 'g', 3, 64) }

// stageNames lists the stages of a set in order.
func stageNames(stages uint32) string {
	var names []string
	for ; stages != 0; stages &= stages - 1 {
		names = append(names, span.Stage(bits.TrailingZeros32(stages)).String())
	}
	return strings.Join(names, ", ")
}
