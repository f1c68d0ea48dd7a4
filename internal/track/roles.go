// SPDX-License-Identifier: Apache-2.0

package track

import "github.com/hopstamp/hopstamp/internal/span"

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

// roleOf is the number of a profile's role, which is kept beside the profile; 0 when
// there are too many.
func (t *Tracker) roleOf(shared *sharedProfile) uint32 {
	if shared.role == 0 {
		shared.role = t.addRole(&shared.profile)
	}
	return shared.role
}

func (t *Tracker) addRole(p *profile) uint32 {
	key := role{
		service: p.Service, topic: p.Topic, system: p.System, path: int32(t.matchPath(p)), kind: p.Kind, stage: p.Stage, outcome: p.Outcome,
		err: p.Error, explicit: p.Explicit, sampled: p.Sampled, called: p.Server != 0,
	}
	shapes := t.assessor.shapes
	number, known := shapes.roles[key]
	if !known {
		if len(shapes.roles) == maxRoles {
			return 0
		}
		number = uint32(len(shapes.roles) + 1)
		shapes.roles[key] = number
	}
	return number
}

// forgetShapes drops all roles and what was made of them: there are too many, or the
// paths are others.
func (t *Tracker) forgetShapes() {
	t.assessor.shapes = newShapes()
	for id := uint32(1); id <= t.profiles.slab.Used(); id++ {
		t.profiles.slab.At(id).role = 0
	}
}
