// SPDX-License-Identifier: Apache-2.0

package state

import (
	"github.com/hopstamp/hopstamp/internal/flat"
	"github.com/hopstamp/hopstamp/internal/span"
)

// Profile is what many stamps have in common. Their dimensions are not in it: those
// have nearly as many combinations as there are messages.
type Profile struct {
	Service, Name, Route, System, Topic, Group, Server, ErrorType span.Symbol
	Cluster, Host                                                 span.Symbol
	HTTPStatus                                                    uint16
	Kind                                                          span.Kind
	Stage                                                         span.Stage
	Outcome                                                       span.Outcome
	Category                                                      span.Category
	Error, Explicit                                               bool
	Sampled                                                       bool // before us, so that what belongs to it may be missing
}

// Symbols are all of a profile.
func (p *Profile) Symbols() [10]span.Symbol {
	return [...]span.Symbol{p.Service, p.Name, p.Route, p.System, p.Topic, p.Group, p.Server, p.ErrorType, p.Cluster, p.Host}
}

// Apart tells whether two offers of a name in one group are different ones.
func (p *Profile) Apart(by Match, other *Profile) bool {
	switch by {
	case ByCoordinate:
		return p.Cluster != other.Cluster
	case ByConversation:
		return p.Topic != other.Topic
	}
	return false
}

// hash is a cheap one of what tells profiles apart. Its products do not wait for
// each other.
func (p *Profile) hash() uint64 {
	pair := func(x, y span.Symbol) uint64 { return uint64(x)<<32 | uint64(y) }
	small := uint64(p.Kind) | uint64(p.Stage)<<8 | uint64(p.Outcome)<<16 | uint64(p.Category)<<24 | uint64(p.HTTPStatus)<<32
	mixed := pair(p.Service, p.Name)*0x9e3779b97f4a7c15 + pair(p.Route, p.System)*0xbf58476d1ce4e5b9 +
		pair(p.Topic, p.Group)*0x94d049bb133111eb + pair(p.Server, p.ErrorType)*0xd6e8feb86659fd93 +
		pair(p.Cluster, p.Host)*0xc2b2ae3d27d4eb4f + small*0x589965cc75374cc3
	return mixed ^ mixed>>32
}

// Profiles numbers what stamps have in common, so that a stamp holds a number. A
// profile lives as long as some stamp shows it.
type Profiles struct {
	slab  flat.Slab[SharedProfile]
	index flat.Table
	hot   [hotProfiles]uint32 // met lately, where their mix leads
	forms [hotForms]formProfile
	epoch uint64 // of what forms says: until a step ends or a profile does
}

const hotProfiles, hotForms = 1 << 12, 1 << 10

// formProfile is the profile of a form of the batch, with what is in no form.
type formProfile struct {
	epoch   uint64
	form    uint32
	server  span.Symbol // of the batch
	profile uint32
	sampled bool
}

// SharedProfile is a profile with what is kept beside it.
type SharedProfile struct {
	Profile
	users uint32
	Role  uint32 // 0: nobody asked yet
}

// Begin forgets the forms of the batch before.
func (p *Profiles) Begin() { p.epoch++ }

// Take counts one more user of the profile of a record, whose symbols are translated to our
// own. Records that share their form in the batch mostly share it, too.
func (p *Profiles) Take(r *span.Record, own []span.Symbol) uint32 {
	sampled := r.Threshold > 0 || r.Partial
	known := &p.forms[(r.Form+uint32(r.Server)*37)%hotForms]
	if r.Form != 0 && known.epoch == p.epoch && known.form == r.Form && known.server == r.Server && known.sampled == sampled {
		p.slab.At(known.profile).users++
		return known.profile
	}
	key := ProfileOf(r, own)
	id := p.intern(&key)
	*known = formProfile{p.epoch, r.Form, r.Server, id, sampled}
	return id
}

// DimsOf are the dimensions that a record says, in symbols of our own, and which of them, a
// bit for each.
func DimsOf(r *span.Record, own []span.Symbol) (dims [span.NumDims]span.Symbol, said uint8) {
	for d, symbol := range r.Dims {
		if symbol != 0 {
			dims[d] = own[symbol]
			said |= 1 << d
		}
	}
	return dims, said
}

// ProfileOf is what a record says, in symbols of our own.
func ProfileOf(r *span.Record, own []span.Symbol) Profile {
	return Profile{
		Service: own[r.Service], Name: own[r.Name], Route: own[r.Route], System: own[r.System], Topic: own[r.Topic],
		Group: own[r.Group], Server: own[r.Server], ErrorType: own[r.ErrorType], Cluster: own[r.Cluster], Host: own[r.Host],
		HTTPStatus: r.HTTPStatus, Kind: r.Kind,
		Stage: r.Stage, Outcome: r.Outcome, Category: r.Category, Error: r.Error, Explicit: r.Explicit,
		Sampled: r.Threshold > 0 || r.Partial,
	}
}

// intern counts one more user of a profile.
func (p *Profiles) intern(key *Profile) uint32 {
	hash := key.hash()
	hot := &p.hot[hash%hotProfiles]
	if id := *hot; id != 0 && p.slab.At(id).Profile == *key {
		p.slab.At(id).users++
		return id
	}
	id := p.index.Find(hash, func(id uint32) bool { return p.slab.At(id).Profile == *key })
	if id == 0 {
		id, _ = p.slab.Alloc()
		p.slab.At(id).Profile = *key
		p.index.Add(hash, id)
	}
	*hot = id
	p.slab.At(id).users++
	return id
}

// Release counts one user less.
func (p *Profiles) Release(id uint32) {
	shared := p.slab.At(id)
	if shared.users--; shared.users == 0 {
		p.epoch++
		p.index.Remove(shared.Profile.hash(), id)
		p.slab.Release(id)
	}
}

// At is a profile by its number.
func (p *Profiles) At(id uint32) *Profile { return &p.slab.At(id).Profile }

// Stage is that of a profile.
func (p *Profiles) Stage(id uint32) span.Stage { return p.slab.At(id).Stage }

// Shared is a profile with that.
func (p *Profiles) Shared(id uint32) *SharedProfile { return p.slab.At(id) }

// ForgetRoles leaves profiles without one.
func (p *Profiles) ForgetRoles() {
	for id := uint32(1); id <= p.slab.Used(); id++ {
		p.slab.At(id).Role = 0
	}
}

// Live is how many there are.
func (p *Profiles) Live() int { return p.slab.Live() }

// Highest is the highest number that was given.
func (p *Profiles) Highest() uint32 { return p.slab.Used() }

func (p *Profiles) bytes() int64 { return p.slab.Bytes() + p.index.Bytes() }
