// SPDX-License-Identifier: Apache-2.0

package track

import "github.com/hopstamp/hopstamp/internal/span"

// profiles numbers what stamps have in common, so that a stamp holds a number. A
// profile lives as long as some stamp shows it.
type profiles struct {
	slab  slab[sharedProfile]
	index table
	hot   [hotProfiles]uint32 // met lately, where their mix leads
}

const hotProfiles = 1 << 12

type sharedProfile struct {
	profile
	users uint32
}

// intern counts one more user of a profile.
func (p *profiles) intern(key *profile) uint32 {
	hash := key.hash()
	hot := &p.hot[hash%hotProfiles]
	if id := *hot; id != 0 && p.slab.at(id).profile == *key {
		p.slab.at(id).users++
		return id
	}
	id := p.index.find(hash, func(id uint32) bool { return p.slab.at(id).profile == *key })
	if id == 0 {
		id, _ = p.slab.alloc()
		p.slab.at(id).profile = *key
		p.index.add(hash, id)
	}
	*hot = id
	p.slab.at(id).users++
	return id
}

// hash is a cheap one of all that tells profiles apart.
func (p *profile) hash() uint64 {
	const odd = 0x9e3779b97f4a7c15
	mixed := uint64(p.Kind) | uint64(p.Stage)<<8 | uint64(p.Outcome)<<16 | uint64(p.Category)<<24 | uint64(p.HTTPStatus)<<32
	for _, pair := range [...][2]span.Symbol{{p.Service, p.Name}, {p.Route, p.System}, {p.Topic, p.Group}, {p.Server, p.ErrorType}, {p.Cluster, p.Host}} {
		mixed = mixed*odd ^ uint64(pair[0])<<32 ^ uint64(pair[1])
	}
	for _, symbol := range p.Dims {
		mixed = mixed*odd ^ uint64(symbol)
	}
	return mixed*odd ^ mixed>>29
}

func (p *profiles) release(id uint32) {
	shared := p.slab.at(id)
	if shared.users--; shared.users == 0 {
		p.index.remove(shared.profile.hash(), id)
		p.slab.release(id)
	}
}

func (p *profiles) bytes() int64 { return p.slab.bytes() + p.index.bytes() }

func (p *profiles) at(id uint32) *profile { return &p.slab.at(id).profile }

func (p *profiles) stage(id uint32) span.Stage { return p.slab.at(id).Stage }
