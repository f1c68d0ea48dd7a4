// SPDX-License-Identifier: Apache-2.0

package contract_test

import (
	"slices"
	"testing"

	"github.com/hopstamp/hopstamp/test/fates"
	"github.com/hopstamp/hopstamp/test/server"
)

// Of each path: what is on it, what is stuck on it, and where the time goes.
func TestPaths(t *testing.T) {
	t.Parallel()
	k := startKnown(t)
	paths, err := server.Ask[server.List[server.Path]](k.Server, "/paths")
	if err != nil || paths.Next != "" {
		t.Fatalf("next %q, %v", paths.Next, err)
	}
	var names []string
	for i := range paths.Items {
		p := &paths.Items[i]
		names = append(names, p.Name)
		wantNumbers(t, k.truth, p)
		wantHops(t, p)
	}
	if !slices.Equal(names, []string{"chat", "push", "tickets", "default"}) {
		t.Errorf("paths %v, must be those declared and then the default", names)
	}
	chat := paths.Items[0]
	if chat.Until != "rendered" || chat.DeadlineUS != 5_000_000 || chat.GiveUpUS != 6*3600*1_000_000 ||
		chat.Match["service"] != "gateway" || chat.Match["route"] != "/v1/chat" {
		t.Errorf("chat is %+v", chat)
	}
	for _, stage := range []string{"accepted", "routed", "published", "consumed", "processed", "delivered", "received", "rendered"} {
		if !slices.Contains(chat.Stages, stage) {
			t.Errorf("stages %v of chat lack %s", chat.Stages, stage)
		}
	}
}

func wantNumbers(t *testing.T, truth *fates.Truth, p *server.Path) {
	t.Helper()
	on := "path=" + p.Name + " "
	all, stuck := truth.Ledger("path")[on], truth.Ledger("path", "verdict")[on+"verdict=stuck "]
	good := all - truth.Ledger("path", "timeliness")[on+"timeliness= "]
	if p.Deliveries != all || p.Stuck != stuck || p.InFlight != stuck {
		t.Errorf("%s: %d deliveries, %d stuck, %d in flight; must be %d and %d", p.Name, p.Deliveries, p.Stuck, p.InFlight, all, stuck)
	}
	if p.Latency.Count != good || !ordered(p.Latency) {
		t.Errorf("%s: latency %+v, must be of %d", p.Name, p.Latency, good)
	}
}

// wantHops: hops lead onward, and what the slow tail spent is divided among them.
func wantHops(t *testing.T, p *server.Path) {
	t.Helper()
	share, stuck := 0.0, int64(0)
	for _, hop := range p.Hops {
		share += hop.TailShare
		stuck += hop.Stuck
		if !ordered(hop.Wait) || !ordered(hop.Work) || hop.TailWaitShare > hop.TailShare || hop.Wait.Count > hop.Work.Count {
			t.Errorf("%s: hop %+v cannot be", p.Name, hop)
		}
		if hop.From != "" && hop.To == "accepted" {
			t.Errorf("%s: a hop leads from %s back to accepted", p.Name, hop.From)
		}
	}
	if share != 0 && (share < 0.999 || share > 1.001) {
		t.Errorf("%s: the shares of the tail add up to %v", p.Name, share)
	}
	if stuck != p.Stuck {
		t.Errorf("%s: %d are stuck at its hops, and %d on it", p.Name, stuck, p.Stuck)
	}
}

func ordered(times server.Times) bool {
	return times.P50US <= times.P95US && times.P95US <= times.P99US && times.P99US <= times.MaxUS
}
