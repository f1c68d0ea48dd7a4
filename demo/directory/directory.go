// SPDX-License-Identifier: Apache-2.0

// Package directory knows who uses quickconnect: a dozen tenants of very unequal size in three
// regions, their people, the devices that these hold and the rooms they talk in. It never changes
// after New, so everyone may read it at once.
package directory

import (
	"fmt"
	"math/rand/v2"
)

// The regions in which the platform runs.
const (
	Europe  = "eu"
	America = "us"
	Asia    = "ap"
)

// Regions returns all regions.
func Regions() []string { return []string{Europe, America, Asia} }

// User is one person with one device.
type User struct {
	ID     string
	Tenant string
	Region string
	Device string // ios, android or web
}

// Room is a conversation that some users of a tenant share.
type Room struct {
	ID      string
	Members []string
}

// Tenant is one customer of the platform. The weights of all tenants add up to 1.
type Tenant struct {
	ID     string
	Region string
	Plan   string
	Weight float64
	Users  []User
	Rooms  []Room
}

// Directory holds the tenants, the largest first.
type Directory struct {
	Tenants []Tenant
	byID    map[string]*Tenant
	users   map[string]User
}

// New fills a directory; the same seed gives the same people.
func New(seed uint64) *Directory {
	random := rand.New(rand.NewPCG(seed, 1))
	d := &Directory{byID: map[string]*Tenant{}, users: map[string]User{}}
	names := []string{
		"bluefin-bank", "harbor-air", "lumen-retail", "polar-freight", "orchid-health", "quarry-games",
		"sable-insurance", "tandem-rides", "umbra-media", "verdant-foods", "willow-schools", "zephyr-energy",
	}
	total := 0.0
	for rank := range names {
		total += zipf(rank)
	}
	for rank, name := range names {
		d.Tenants = append(d.Tenants, newTenant(random, rank, name, zipf(rank)/total))
	}
	for i := range d.Tenants {
		tenant := &d.Tenants[i]
		d.byID[tenant.ID] = tenant
		for _, user := range tenant.Users {
			d.users[user.ID] = user
		}
	}
	return d
}

// Tenant finds a tenant.
func (d *Directory) Tenant(id string) (*Tenant, bool) {
	tenant, known := d.byID[id]
	return tenant, known
}

// User finds a user of any tenant.
func (d *Directory) User(id string) (User, bool) {
	user, known := d.users[id]
	return user, known
}

// Users returns everyone, tenant by tenant.
func (d *Directory) Users() []User {
	var users []User
	for _, tenant := range d.Tenants {
		users = append(users, tenant.Users...)
	}
	return users
}

// Pick draws a tenant, each as often as it weighs.
func (d *Directory) Pick(random *rand.Rand) *Tenant {
	left := random.Float64()
	for i := range d.Tenants {
		left -= d.Tenants[i].Weight
		if left < 0 {
			return &d.Tenants[i]
		}
	}
	return &d.Tenants[len(d.Tenants)-1]
}

// Room finds a room of the tenant.
func (t *Tenant) Room(id string) (Room, bool) {
	for _, room := range t.Rooms {
		if room.ID == id {
			return room, true
		}
	}
	return Room{}, false
}

// zipf is the weight of the tenant of that rank (0 is the largest), before scaling.
func zipf(rank int) float64 { return 1 / float64(rank+1) }

func newTenant(random *rand.Rand, rank int, name string, weight float64) Tenant {
	regions, plans := Regions(), []string{"enterprise", "business", "starter"}
	tenant := Tenant{ID: name, Weight: weight, Region: regions[rank%len(regions)], Plan: plans[rank/4]}
	for i := range max(3, 13-2*rank) {
		tenant.Users = append(tenant.Users, User{
			ID: fmt.Sprintf("%s/u%02d", name, i+1), Tenant: name, Region: tenant.Region, Device: device(i),
		})
	}
	for i := range 1 + len(tenant.Users)/3 {
		tenant.Rooms = append(tenant.Rooms, newRoom(random, fmt.Sprintf("%s/room-%d", name, i+1), tenant.Users))
	}
	return tenant
}

// device spreads devices so that every tenant has all three kinds.
func device(i int) string { return []string{"ios", "android", "web", "ios", "android"}[i%5] }

// newRoom puts 2 to 5 users into a room.
func newRoom(random *rand.Rand, id string, users []User) Room {
	room := Room{ID: id}
	size := min(len(users), 2+random.IntN(4))
	for _, i := range random.Perm(len(users))[:size] {
		room.Members = append(room.Members, users[i].ID)
	}
	return room
}
