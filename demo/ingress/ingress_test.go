// SPDX-License-Identifier: Apache-2.0

package ingress_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/trace/noop"

	"github.com/hopstamp/hopstamp/demo/broker"
	"github.com/hopstamp/hopstamp/demo/directory"
	"github.com/hopstamp/hopstamp/demo/ingress"
	"github.com/hopstamp/hopstamp/demo/message"
	"github.com/hopstamp/hopstamp/demo/tally"
)

// start opens a front door before a real broker that knows the profile of the largest tenant only.
func start(t *testing.T) (*ingress.Ingress, *broker.Broker, *tally.Tally) {
	t.Helper()
	queue, err := broker.Start(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(queue.Stop)
	connection, err := queue.Connect("ingress", noop.Tracer{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(connection.Close)
	profiles, err := connection.Profiles(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	people, counts := directory.New(0), &tally.Tally{}
	if err := profiles.Store(t.Context(), people.Tenants[0].ID, "enterprise"); err != nil {
		t.Fatal(err)
	}
	door, err := ingress.Start(t.Context(), ingress.Site{
		Region: directory.Europe, Directory: people, Connection: connection, Tracer: noop.Tracer{}, Tally: counts,
	})
	if err != nil {
		t.Fatal(err)
	}
	return door, queue, counts
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	door, queue, counts := start(t)
	for _, c := range []struct {
		route, body string
		status      int
		says        string
	}{
		{"/v1/crm", `{"tenant":"bluefin-bank","from":"a","text":" two  words "}`, 202, `"id":"`},
		{"/v1/chat", `{"tenant":"bluefin-bank","from":"a","text":"x","room":"bluefin-bank/room-1"}`, 202, `"id":"`},
		{"/v1/chat", `{"tenant":"bluefin-bank","from":"a","text":"x","room":"elsewhere"}`, 422, "room: is unknown"},
		{"/v1/crm", `{"tenant":"nobody","from":"a","text":"x"}`, 422, "tenant: is unknown"},
		{"/v1/crm", `{"tenant":"bluefin-bank","from":"a","text":"  "}`, 422, "text: must not be empty"},
		{"/v1/crm", `not json`, 422, "body: want a JSON object"},
		{"/v1/crm", `{"tenant":"harbor-air","from":"a","text":"x"}`, 500, "read the profile of harbor-air"},
		{"/v1/letters", `{}`, 404, "not found"},
	} {
		response, err := http.Post(door.URL()+c.route, "application/json", strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if response.StatusCode != c.status || !strings.Contains(string(body), c.says) {
			t.Errorf("POST %s %s: %d %s; want %d %s", c.route, c.body, response.StatusCode, body, c.status, c.says)
		}
	}
	door.Stop(context.Background())
	waiting, err := queue.Waiting(t.Context())
	if err != nil || waiting != 2 || counts.Published.Load() != 2 || counts.Accepted.Load() != 2 || counts.Refused.Load() != 5 {
		t.Errorf("%d messages wait (%v), counted %v; want the 2 accepted ones published", waiting, err, counts)
	}
}

// What a mute publisher forgets is answered 202 like everything else.
func TestMuteForgetsWhatItAccepted(t *testing.T) {
	t.Parallel()
	door, queue, counts := start(t)
	post := func() {
		response, err := http.Post(door.URL()+message.CRM.Route(), "application/json",
			strings.NewReader(`{"tenant":"bluefin-bank","from":"a","text":"x"}`))
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusAccepted {
			t.Errorf("answered %d, want 202", response.StatusCode)
		}
	}
	door.Mute(true)
	post()
	door.Stop(context.Background())
	if waiting, err := queue.Waiting(t.Context()); err != nil || waiting != 0 || counts.Published.Load() != 0 {
		t.Errorf("%d messages wait (%v), counted %v; want none", waiting, err, counts)
	}
}
