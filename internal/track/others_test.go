// SPDX-License-Identifier: Apache-2.0

package track_test

import (
	"maps"
	"slices"
	"testing"
)

// TestOthersDoNotMatter folds the messages of two platforms that share services, hosts and
// servers but neither ids nor destinations, alone and together, in one partition and in several.
func TestOthersDoNotMatter(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		one, other := newPlatform(seed, 1+int(seed)%10).records, newPlatform(seed+1_000_000, 1+int(seed)%15).records
		renamed(other)
		for _, partitions := range []int{1, 3} {
			fold := func(records []said) map[string]int {
				ledger, _ := takeLong(t, partitions, seed, [][]said{records, nil, nil, nil})
				return ledger
			}
			apart, together := fold(one), fold(slices.Concat(one, other))
			for name, count := range fold(other) {
				apart[name] += count
			}
			if !maps.Equal(apart, together) {
				t.Errorf("seed %d: %d partitions count together otherwise: %s", seed, partitions, difference(apart, together))
			}
		}
	}
}

// renamed gives records names that nobody else uses.
func renamed(records []said) {
	rename := func(texts ...*string) {
		for _, text := range texts {
			if *text != "" {
				*text = "other/" + *text
			}
		}
	}
	for i := range records {
		r := &records[i]
		rename(&r.topic, &r.Key, &r.MessageID, &r.Conversation, &r.Coordinate, &r.Recipient)
		links := slices.Clone(r.Links)
		for l := range links {
			rename(&links[l].Key, &links[l].MessageID, &links[l].Conversation, &links[l].Coordinate, &links[l].Recipient)
		}
		r.Links = links
	}
}
