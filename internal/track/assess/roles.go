// SPDX-License-Identifier: Apache-2.0

package assess

import (
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/internal/track/state"
)

// role is what a stamp is in the structure of a journey: all of its profile that may be
// asked before the verdict. Hosts, servers, statuses and names make no other role.
type role struct {
	service, topic, system span.Symbol
	path                   int32 // that a message which begins so takes
	kind                   span.Kind
	stage                  span.Stage
	outcome                span.Outcome
	err, explicit, sampled bool
	called                 bool // it names the server that it calls
}

// maxRoles are numbered at a time, from 1 on; a shape holds a number in roleBits.
const (
	roleBits = 16
	maxRoles = 1<<roleBits - 1
)

// roles numbers those that were met.
type roles struct {
	paths Paths
	met   map[role]uint32
}

// of is the number of a profile's role, which is kept beside the profile; 0 when
// there are too many.
func (r *roles) of(shared *state.SharedProfile) uint32 {
	if shared.Role == 0 {
		shared.Role = r.add(&shared.Profile)
	}
	return shared.Role
}

func (r *roles) add(p *state.Profile) uint32 {
	key := role{
		service: p.Service, topic: p.Topic, system: p.System, path: int32(r.paths.match(p)), kind: p.Kind, stage: p.Stage, outcome: p.Outcome,
		err: p.Error, explicit: p.Explicit, sampled: p.Sampled, called: p.Server != 0,
	}
	number, known := r.met[key]
	if !known {
		if len(r.met) == maxRoles {
			return 0
		}
		number = uint32(len(r.met) + 1)
		r.met[key] = number
	}
	return number
}
