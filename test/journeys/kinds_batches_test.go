// SPDX-License-Identifier: Apache-2.0

package journeys_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/hopstamp/hopstamp/test/server"
)

// One PRODUCER span sends two messages. Its links say their ids and lead nowhere, and so
// does who takes one.
func sentTogether(t *testing.T, k kindsOf) {
	accepted, send := k.request("together", "letters", 500, "messaging.system", "aws_sqs", "messaging.batch.message_count", 2)
	for i := range 2 {
		send.Links = append(send.Links, fieldLink{Attributes: keyValues([]any{"messaging.message.id", fmt.Sprint("letter-", i+1)})})
	}
	work := newSpan("letter worker", "process", kindConsumer, "process letters", k.ago(300), k.ago(100), "messaging.system", "aws_sqs",
		"messaging.destination.name", "letters", "messaging.message.id", "letter-2")
	export(t, k.Server, service("gateway").sends(accepted, send), service("printer").sends(work))
	m, printed := await(t, k.Server, "letter-2", func(m *server.Message) error {
		return verdicts(m, "pending Waiting", "processed Processed")
	})
	joinedBy(t, &m, "message_id", "certain")
	prints(t, printed, "together/letters", "shared by 2 messages", "joined by message id (certain)")
}

// One PRODUCER span sends three messages and says no more than that. Two are taken.
func countedBatch(t *testing.T, k kindsOf) {
	send := newSpan("parcels", "send", kindProducer, "send parcels", k.ago(300), k.ago(290),
		"messaging.system", "aws_sqs", "messaging.destination.name", "parcels", "messaging.batch.message_count", 3)
	for i := range 2 {
		work := newSpan(fmt.Sprint("parcel worker ", i), "process", kindConsumer, "process parcels", k.ago(200), k.ago(100),
			"messaging.destination.name", "parcels").linkedTo(send)
		export(t, k.Server, service("packer").sends(work))
	}
	export(t, k.Server, service("shop").sends(send))
	trace := send.TraceID
	m, printed := await(t, k.Server, trace, func(m *server.Message) error {
		return verdicts(m, "processed Processed", "processed Processed", "unverifiable BatchUnclear")
	})
	if slices.ContainsFunc(m.Deliveries, func(d server.Delivery) bool { return !d.Estimated }) {
		t.Errorf("%+v, each must be an estimate", m.Deliveries)
	}
	prints(t, printed, "3 deliveries: 2 processed in time, 1 unverifiable (BatchUnclear)", "counted as an estimate")
	ledger, err := server.Ask[server.Ledger](k.Server, "/ledger", "by", "path,verdict", "path", "parcels")
	if err != nil || ledger.Exact || ledger.Total != 3 {
		t.Errorf("the ledger of parcels is %+v, %v; must be three that are no exact count", ledger, err)
	}
}

// A worker's process spans stand below the loop that polls, in one trace for all. They are
// joined by what they name.
func pollLoop(t *testing.T, k kindsOf) {
	same := []any{"messaging.system", "rabbitmq", "messaging.destination.name", "polled", "messaging.message.id", "polled-1"}
	publish := newSpan("polled", "publish", kindProducer, "send polled", k.ago(500), k.ago(490), same...)
	loop := newSpan("poll loop", "loop", kindInternal, "poll loop", k.ago(900), k.ago(50))
	work := newSpan("poll loop", "process", kindConsumer, "process polled", k.ago(300), k.ago(100), same...).under(loop)
	export(t, k.Server, service("poller").sends(loop, work))
	export(t, k.Server, service("gateway").sends(publish))
	m, _ := await(t, k.Server, "polled-1", verdict("processed", "Processed", ""))
	joinedBy(t, &m, "message_id", "certain")
	if len(m.Stamps) != 2 {
		t.Errorf("%d stamps, the loop must be none of them", len(m.Stamps))
	}
}

// A worker calls a service of ours, which accepts an e-mail with a key of its own.
func callback(t *testing.T, k kindsOf) {
	accepted, publish := k.request("order-9", "shops", 500)
	work := newSpan("order-9", "process", kindConsumer, "process shops", k.ago(400), k.ago(200), "messaging.destination.name", "shops").under(publish)
	call := newSpan("order-9", "call", kindClient, "POST", k.ago(380), k.ago(220), "http.request.method", "POST", "server.address", "mail.example").under(work)
	taken := newSpan("order-9", "taken", kindServer, "POST /mails", k.ago(370), k.ago(230), "http.request.method", "POST", "hopstamp.message.key", "mail-9").under(call)
	mail := newSpan("order-9", "mail", kindProducer, "send mails", k.ago(360), k.ago(350), "messaging.destination.name", "mails").under(taken)
	export(t, k.Server, service("gateway").sends(accepted, publish), service("worker").sends(work, call), service("mail").sends(taken, mail))
	order, _ := await(t, k.Server, "order-9", verdict("sent", "Sent", ""))
	other, _ := await(t, k.Server, "mail-9", verdict("pending", "Waiting", "published-consumed"))
	if order.Key != "order-9" || other.Key != "mail-9" || len(order.Stamps) != 4 || len(other.Stamps) != 2 {
		t.Errorf("the order %s has %d stamps and the e-mail %s has %d, must be 4 and 2", order.Key, len(order.Stamps), other.Key, len(other.Stamps))
	}
}

// verdicts checks what became of the deliveries of a message, in any order.
func verdicts(m *server.Message, want ...string) error {
	var got []string
	for _, d := range m.Deliveries {
		got = append(got, d.Verdict+" "+d.Reason)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		return errors.New(fmt.Sprint(got, ", must be ", want))
	}
	return nil
}
