// SPDX-License-Identifier: Apache-2.0

// Package contract_test holds a running hopstamp to what its reference says of the
// HTTP interface, of OTLP and of the commands.
package contract_test

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"testing"
	"text/template"
	"time"

	"github.com/hopstamp/hopstamp/test/fates"
	"github.com/hopstamp/hopstamp/test/server"
	"github.com/hopstamp/hopstamp/test/telemetry"
)

func TestMain(m *testing.M) { os.Exit(server.Run(m)) }

// within bounds how long a busy machine may take for what takes a moment.
const within = 30 * time.Second

// What testdata/beginner.json tells of.
const (
	beginnerKey      = "m-1"
	beginnerTrace    = "5b8efff798038103d269b633813fc60c"
	beginnerConsumer = "6c8efff798038103d269b633813fc60d"
	beginnerDelivery = "m-1/orders"
)

// tellBeginner posts the beginner's journey as OTLP/JSON, as curl would, and waits until it is known.
func tellBeginner(t *testing.T, s *server.Server, began time.Time) {
	t.Helper()
	at := template.FuncMap{"at": func(ms int) string {
		return fmt.Sprint(began.Add(time.Duration(ms) * time.Millisecond).UnixNano())
	}}
	page, err := template.New("beginner.json").Funcs(at).ParseFiles("testdata/beginner.json")
	if err != nil {
		t.Fatal(err)
	}
	var body bytes.Buffer
	if err := page.Execute(&body, nil); err != nil {
		t.Fatal(err)
	}
	answer := s.Post(t, body.Bytes(), "Content-Type", "application/json")
	if answer.Status != 200 || string(answer.Body) != "{}" {
		t.Fatalf("OTLP/JSON is answered with %d %q", answer.Status, answer.Body)
	}
	server.Eventually(t, within, func() error {
		m, err := s.Message(beginnerKey)
		if err == nil && len(m.Stamps) != 4 {
			err = fmt.Errorf("%d stamps, must be 4", len(m.Stamps))
		}
		return err
	})
}

// known is a server that was told, in good order, of messages whose fate is known.
type known struct {
	*server.Server
	truth *fates.Truth
	spans []telemetry.Span
}

const knownMessages = 600

func startKnown(t *testing.T) known {
	t.Helper()
	k := known{Server: server.Start(t, server.Options{Config: fates.Config}), truth: fates.NewTruth()}
	plan := fates.Plan{Seed: 7, Messages: knownMessages, Began: time.Now().Add(-20 * time.Minute), Over: 10 * time.Minute}
	sender := telemetry.OverHTTP(k.OTLP)
	defer sender.Close()
	for m := range plan.All() {
		k.truth.Add(m)
		k.spans = append(k.spans, m.Spans...)
	}
	for request := range slices.Chunk(k.spans, 500) {
		if err := sender.Send(t.Context(), request); err != nil {
			t.Fatal(err)
		}
	}
	server.Eventually(t, within, func() error {
		ledger, err := server.Ask[server.Ledger](k.Server, "/ledger", "by", "verdict")
		if err == nil && ledger.Total != k.truth.Deliveries {
			err = fmt.Errorf("%d deliveries, must be %d", ledger.Total, k.truth.Deliveries)
		}
		return err
	})
	return k
}
