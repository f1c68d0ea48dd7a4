// SPDX-License-Identifier: Apache-2.0

package track

import (
	"github.com/hopstamp/hopstamp/internal/flat"
	"github.com/hopstamp/hopstamp/internal/span"
)

// profiles numbers what stamps have in common, so that a stamp holds a number. A
// profile lives as long as some stamp shows it.
type profiles struct {
	slab  flat.Slab[sharedProfile]
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

type sharedProfile struct {
	profile
	users uint32
	role  uint32 // 0: nobody asked yet
}

// take counts one more user of the profile of a record, whose symbols are translated to our
// own. Records that share their form in the batch mostly share it, too.
func (p *profiles) take(r *span.Record, own []span.Symbol) uint32 {
	sampled := r.Threshold > 0 || r.Partial
	known := &p.forms[(r.Form+uint32(r.Server)*37)%hotForms]
	if r.Form != 0 && known.epoch == p.epoch && known.form == r.Form && known.server == r.Server && known.sampled == sampled {
		p.slab.At(known.profile).users++
		return known.profile
	}
	key := profileOf(r, own)
	id := p.intern(&key)
	*known = formProfile{p.epoch, r.Form, r.Server, id, sampled}
	return id
}

// begin forgets the forms of the batch before.
func (p *profiles) begin() { p.epoch++ }

// profileOf is what a record says, in symbols of our own.
func profileOf(r *span.Record, own []span.Symbol) profile {
	return profile{
		Service: own[r.Service], Name: own[r.Name], Route: own[r.Route], System: own[r.System], Topic: own[r.Topic],
		Group: own[r.Group], Server: own[r.Server], ErrorType: own[r.ErrorType], Cluster: own[r.Cluster], Host: own[r.Host],
		HTTPStatus: r.HTTPStatus, Kind: r.Kind,
		Stage: r.Stage, Outcome: r.Outcome, Category: r.Category, Error: r.Error, Explicit: r.Explicit,
		Sampled: r.Threshold > 0 || r.Partial,
	}
}

// intern counts one more user of a profile.
func (p *profiles) intern(key *profile) uint32 {
	hash := key.hash()
	hot := &p.hot[hash%hotProfiles]
	if id := *hot; id != 0 && p.slab.At(id).profile == *key {
		p.slab.At(id).users++
		return id
	}
	id := p.index.Find(hash, func(id uint32) bool { return p.slab.At(id).profile == *key })
	if id == 0 {
		id, _ = p.slab.Alloc()
		p.slab.At(id).profile = *key
		p.index.Add(hash, id)
	}
	*hot = id
	p.slab.At(id).users++
	return id
}

// hash is a cheap one of what tells profiles apart. Its products do not wait for
// each other.
func (p *profile) hash() uint64 {
	pair := func(x, y span.Symbol) uint64 { return uint64(x)<<32 | uint64(y) }
	small := uint64(p.Kind) | uint64(p.Stage)<<8 | uint64(p.Outcome)<<16 | uint64(p.Category)<<24 | uint64(p.HTTPStatus)<<32
	mixed := pair(p.Service, p.Name)*0x9e3779b97f4a7c15 + pair(p.Route, p.System)*0xbf58476d1ce4e5b9 +
		pair(p.Topic, p.Group)*0x94d049bb133111eb + pair(p.Server, p.ErrorType)*0xd6e8feb86659fd93 +
		pair(p.Cluster, p.Host)*0xc2b2ae3d27d4eb4f + small*0x589965cc75374cc3
	return mixed ^ mixed>>32
}

func (p *profiles) release(id uint32) {
	shared := p.slab.At(id)
	if shared.users--; shared.users == 0 {
		p.epoch++
		p.index.Remove(shared.profile.hash(), id)
		p.slab.Release(id)
	}
}

// forgetRoles leaves profiles without one.
func (p *profiles) forgetRoles() {
	for id := uint32(1); id <= p.slab.Used(); id++ {
		p.slab.At(id).role = 0
	}
}

// shared is a profile with what is kept beside it.
func (p *profiles) shared(id uint32) *sharedProfile { return p.slab.At(id) }

// highest is the highest number that was given.
func (p *profiles) highest() uint32 { return p.slab.Used() }

func (p *profiles) bytes() int64 { return p.slab.Bytes() + p.index.Bytes() }

func (p *profiles) at(id uint32) *profile { return &p.slab.At(id).profile }

func (p *profiles) stage(id uint32) span.Stage { return p.slab.At(id).Stage }
