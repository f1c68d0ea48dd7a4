// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestTraceStateOfAKeptSpan(t *testing.T) {
	t.Parallel()
	const half, random = 1 << 55, 0xa0000000000001
	tests := []struct {
		why, before string
		keep        Keep
		after       string
	}{
		{"kept for certain", "", Keep{Threshold: 0, Random: random}, "ot=th:0;rv:a0000000000001"},
		{"kept with others like it", "", Keep{Threshold: half, Random: random}, "ot=th:8;rv:a0000000000001"},
		{"sampled before us", "ot=th:8", Keep{Threshold: 0, Random: 0}, "ot=th:8;rv:80000000000000"},
		{"sampled before us and by us", "ot=th:8", Keep{Threshold: half, Random: half}, "ot=th:c;rv:c0000000000000"},
		{"a quarter of a tenth", "ot=th:e666", Keep{Threshold: 3 << 54, Random: 1<<56 - 1}, "ot=th:f9998;rv:ffffffffffffff"},
		{"randomness before us", "ot=rv:00000000000001;th:8", Keep{Threshold: 0, Random: 0}, "ot=th:8;rv:80000000000000"},
		{"a threshold that is none", "ot=th:XYZ", Keep{Threshold: half, Random: random}, "ot=th:8;rv:a0000000000001"},
		{"other vendors", "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", Keep{Threshold: 0, Random: random}, "ot=th:0;rv:a0000000000001,rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"},
		{"ours moves to the front", "rojo=1, ot=th:0 ,congo=2", Keep{Threshold: 0, Random: random}, "ot=th:0;rv:a0000000000001,rojo=1,congo=2"},
		{"names that look alike", "not=1,ott=2,t@ot=th:8", Keep{Threshold: 0, Random: random}, "ot=th:0;rv:a0000000000001,not=1,ott=2,t@ot=th:8"},
		{"other sub-keys", "ot=p:8;th:8;r:62", Keep{Threshold: 0, Random: half}, "ot=th:8;rv:c0000000000000;p:8;r:62"},
		{"twice, against the rules", "ot=th:8;a:1,ot=th:c;b:2", Keep{Threshold: 0, Random: 0}, "ot=th:8;rv:80000000000000;a:1"},
		{"nothing between commas", ",, ,rojo=1,", Keep{Threshold: 0, Random: random}, "ot=th:0;rv:a0000000000001,rojo=1"},
		{"a decision that never keeps", "", Keep{Threshold: 1 << 60, Random: 0}, "ot=th:ffffffffffffff;rv:ffffffffffffff"},
		{"less than can be said", "ot=th:ffffffffffffff", Keep{Threshold: 1<<56 - 1, Random: 1<<56 - 1}, "ot=th:ffffffffffffff;rv:ffffffffffffff"},
	}
	for _, test := range tests {
		upstream, _ := readThreshold(test.before)
		if got := string(test.keep.after(upstream).appendState(nil, test.before)); got != test.after {
			t.Errorf("%s:\ngot  %s\nwant %s", test.why, got, test.after)
		}
	}
}

func TestTraceStateKeepsItsLimits(t *testing.T) {
	t.Parallel()
	var entries []string
	for i := range 40 {
		entries = append(entries, fmt.Sprintf("v%d=%d", i, i))
	}
	state := string(Keep{}.appendState(nil, strings.Join(entries, ",")))
	if strings.Count(state, ",") != 31 || !strings.HasSuffix(state, ",v30=30") {
		t.Errorf("of 40 entries: %s", state)
	}
	long := strings.Repeat("x", 100)
	state = string(Keep{}.appendState(nil, "ot=a:"+long+";b:"+long+";c:"+long+";d:1"))
	if want := "ot=th:0;rv:00000000000000;a:" + long + ";b:" + long + ";d:1"; state != want {
		t.Errorf("of too many sub-keys: %s", state)
	}
}

// Against exact arithmetic: the threshold is that of the product of the
// probabilities, and the randomness lies at the same place above it.
func TestProbabilitiesMultiply(t *testing.T) {
	t.Parallel()
	random, one := rand.New(rand.NewPCG(1, 2)), big.NewInt(certainty)
	exact := func(n uint64) *big.Int { return new(big.Int).SetUint64(n) }
	for range 10_000 {
		upstream, own := random.Uint64N(certainty), random.Uint64N(certainty)>>random.IntN(56)
		draw := own + random.Uint64N(certainty-own)
		got := Keep{Threshold: own, Random: draw}.after(upstream)
		left := new(big.Int).Mul(exact(certainty-upstream), exact(certainty-own))
		left.Div(left, one)
		if left.Sign() == 0 {
			left.SetInt64(1)
		}
		place := new(big.Int).Mul(exact(draw-own), left)
		place.Div(place, exact(certainty-own))
		want := new(big.Int).Sub(one, left)
		if upstream == 0 {
			want, place = exact(own), exact(draw-own)
		}
		if exact(got.Threshold).Cmp(want) != 0 || exact(got.Random-got.Threshold).Cmp(place) != 0 || got.Random >= certainty {
			t.Fatalf("%+v and %+v with %+v: got %+v, want th %+v and rv %+v above", upstream, own, draw, got, want, place)
		}
	}
}
