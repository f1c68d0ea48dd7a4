// SPDX-License-Identifier: Apache-2.0

package directory_test

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/hopstamp/hopstamp/demo/directory"
)

func TestSameSeedSamePeople(t *testing.T) {
	t.Parallel()
	if !reflect.DeepEqual(directory.New(7), directory.New(7)) {
		t.Error("two directories of one seed differ")
	}
	if reflect.DeepEqual(directory.New(7), directory.New(8)) {
		t.Error("the seed changes nothing")
	}
}

// Every region has every kind of device, and every room has somebody to write to.
func TestEverybodyIsSomewhere(t *testing.T) {
	t.Parallel()
	d := directory.New(0)
	kinds := map[string]int{}
	for _, user := range d.Users() {
		kinds[user.Region+" "+user.Device]++
		if found, known := d.User(user.ID); !known || found != user {
			t.Errorf("user %s is not found", user.ID)
		}
	}
	if len(kinds) != 9 {
		t.Errorf("regions and devices: %v, want 3 x 3", kinds)
	}
	for _, tenant := range d.Tenants {
		for _, room := range tenant.Rooms {
			if found, known := tenant.Room(room.ID); !known || len(found.Members) < 2 {
				t.Errorf("room %s has %d members, want at least 2", room.ID, len(found.Members))
			}
		}
	}
}

func TestPickFollowsTheWeights(t *testing.T) {
	t.Parallel()
	d, random := directory.New(0), rand.New(rand.NewPCG(1, 2))
	const draws = 20_000
	picked := map[string]int{}
	for range draws {
		picked[d.Pick(random).ID]++
	}
	total := 0.0
	for _, tenant := range d.Tenants {
		total += tenant.Weight
		if got := float64(picked[tenant.ID]) / draws; math.Abs(got-tenant.Weight) > 0.02 {
			t.Errorf("%s: picked %.3f of the time, weighs %.3f", tenant.ID, got, tenant.Weight)
		}
	}
	if math.Abs(total-1) > 1e-9 {
		t.Errorf("weights add up to %v", total)
	}
	if largest, smallest := d.Tenants[0].Weight, d.Tenants[11].Weight; largest < 10*smallest {
		t.Errorf("largest %.3f, smallest %.3f: want very unequal", largest, smallest)
	}
}
