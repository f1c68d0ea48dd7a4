// SPDX-License-Identifier: Apache-2.0

package journeys_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/test/server"
)

// The demo tells its story: messages arrive on several paths, and the help desk that
// changed its schema leaves dead letters, each of which opens as its messages.
func TestDemo(t *testing.T) {
	t.Parallel()
	s := server.Start(t, server.Options{Command: []string{"demo", "--for", "25s", "--faults", "schema-drift", "--rate", "20"}})
	if status, err := server.Ask[struct{ Demo bool }](s, "/status"); err != nil || !status.Demo {
		t.Errorf("the status says demo %v; %v", status.Demo, err)
	}
	server.Eventually(t, 25*time.Second, func() error {
		if s.Ended() {
			t.Fatal("the demo ended before its story was told")
		}
		return demoStory(s)
	})
	if err := demoLetters(s); err != nil {
		t.Error(err)
	}
	if code := s.Wait(t, agreeWithin); code != 0 {
		t.Errorf("the demo ended with code %d", code)
	}
}

func demoStory(s *server.Server) error {
	ledger, err := server.Ask[server.Ledger](s, "/ledger", "by", "path,verdict,timeliness")
	if err != nil {
		return err
	}
	good, dead := map[string]bool{}, false
	for _, row := range ledger.Rows {
		path := row["path"].(string)
		if row["timeliness"] == "in_time" {
			good[path] = true
		}
		dead = dead || path == "tickets" && row["verdict"] == "dead_lettered"
	}
	if len(good) < 3 || !dead {
		return fmt.Errorf("good verdicts on %v, dead letters %v; must be three paths and some", good, dead)
	}
	return nil
}

// demoLetters follows rows to their messages.
func demoLetters(s *server.Server) error {
	rows, err := server.Ask[server.List[server.Delivery]](s, "/deliveries", "path", "tickets", "verdict", "dead_lettered", "limit", "5")
	if err != nil || len(rows.Items) == 0 {
		return errors.Join(errors.New("no dead letters are listed"), err)
	}
	for _, row := range rows.Items {
		m, err := s.Message(row.Key)
		if err != nil {
			return err
		}
		if len(m.Deliveries) != 1 || m.Deliveries[0].Verdict != "dead_lettered" || m.Deliveries[0].Retries != 2 || len(m.Traces) != 4 {
			return fmt.Errorf("%s: %s with deliveries %+v and %d traces; must be dead-lettered after three attempts", row.Key, m.Sentence, m.Deliveries, len(m.Traces))
		}
		refusals := 0
		for _, stamp := range m.Stamps {
			if stamp.Stage == "invoked" && stamp.Error && stamp.Category == "validation" {
				refusals++
			}
		}
		if refusals != 3 {
			return fmt.Errorf("%s: %d calls were refused as invalid, must be 3", row.Key, refusals)
		}
	}
	return nil
}
