// SPDX-License-Identifier: Apache-2.0

package track

import "github.com/hopstamp/hopstamp/internal/span"

// profiles numbers what stamps have in common, so that a stamp holds a number. A
// profile lives as long as some stamp shows it.
type profiles struct {
	slab  slab[sharedProfile]
	index map[profile]uint32
	hot   [hotProfiles]uint32 // met lately, where their mix leads
}

const hotProfiles = 1 << 12

type sharedProfile struct {
	profile
	users uint32
}

func newProfiles() profiles { return profiles{index: map[profile]uint32{}} }

// intern counts one more user of a profile.
func (p *profiles) intern(key *profile) uint32 {
	hot := &p.hot[key.mix()]
	if id := *hot; id != 0 && p.slab.at(id).profile == *key {
		p.slab.at(id).users++
		return id
	}
	id, ok := p.index[*key]
	*hot = id
	if !ok {
		id, _ = p.slab.alloc()
		p.slab.at(id).profile = *key
		p.index[*key] = id
	}
	p.slab.at(id).users++
	return id
}

// mix is a cheap hash of what tells profiles apart.
func (p *profile) mix() uint32 {
	mixed := uint32(p.Name) + uint32(p.Service)<<4 + uint32(p.Topic)<<7 + uint32(p.Server)<<2 + uint32(p.HTTPStatus)
	for _, symbol := range p.Dims {
		mixed = mixed*31 + uint32(symbol)
	}
	return mixed * 0x9e3779b1 >> (32 - 12)
}

func (p *profiles) release(id uint32) {
	shared := p.slab.at(id)
	if shared.users--; shared.users == 0 {
		delete(p.index, shared.profile)
		p.slab.release(id)
	}
}

func (p *profiles) at(id uint32) *profile { return &p.slab.at(id).profile }

func (p *profiles) stage(id uint32) span.Stage { return p.slab.at(id).Stage }
