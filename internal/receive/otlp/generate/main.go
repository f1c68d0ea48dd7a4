// SPDX-License-Identifier: Apache-2.0

// Command generate writes the reference of stages, attribute names and joins out
// of the tables that the decoder and tracking go by.
package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/receive/otlp"
)

// output is the file that is written, from the root of the module.
const output = "docs/reference/stages-and-joins.md"

func main() {
	err := os.Chdir("../../..") // the root of the module, from where go generate runs it
	if err == nil {
		err = os.WriteFile(output, render(), 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func render() []byte {
	var b bytes.Buffer
	b.WriteString("<!-- Code generated from the tables of internal/receive/otlp and internal/journey; DO NOT EDIT. -->\n\n" +
		"# Stages and joins\n\n" +
		"How a span is read, and how it finds its message. The tables are those that the server goes by.\n")
	writeStages(&b)
	writeNames(&b)
	writeJoins(&b)
	writeBatches(&b)
	return b.Bytes()
}

func writeStages(b *bytes.Buffer) {
	b.WriteString("\n## The stage of a span\n\n" +
		"`hopstamp.stage` says it, on a span or on an event. Failing that, the first row that fits does; a span that fits none\n" +
		"is part of the journey and fulfils no stage.\n\n" +
		"| span kind | messaging operation | is | is not | stage |\n| --- | --- | --- | --- | --- |\n")
	for _, rule := range otlp.StageRules() {
		writeRow(b, strings.ToUpper(rule.Kind), or(rule.Operation, "any"), strings.Join(rule.Has, ", "), strings.Join(rule.Not, ", "),
			or(rule.Stage, "none"))
	}
	b.WriteString("\nAny of these attributes, under any of its names, makes a span what the table asks for:\n\n" +
		"| is | attributes |\n| --- | --- |\n")
	for _, trait := range otlp.Traits() {
		writeRow(b, trait.Name, code(trait.Attributes))
	}
	b.WriteString("\nThe operation is what `messaging.operation.type` says, else `messaging.operation.name`, else the first or the last word of\n" +
		"the span name, in these words:\n\n| operation | words |\n| --- | --- |\n")
	for _, operation := range otlp.Operations() {
		writeRow(b, operation.Name, code(operation.Words))
	}
}

func writeNames(b *bytes.Buffer) {
	b.WriteString("\n## Attribute names\n\n" +
		"Conventions were renamed, and libraries send the old names for years. All of them are read; when a span carries several,\n" +
		"the leftmost wins. Dimensions of the configuration find the older names of the attributes that they name, too.\n\n" +
		"| read as | name of today | older names, newest first |\n| --- | --- | --- |\n")
	for _, names := range otlp.NamesOfAllGenerations() {
		writeRow(b, names.Meaning, code([]string{names.Today}), code(names.Older))
	}
	b.WriteString("\nThe host, whose clock the times of a resource are of, is the first of " + code(otlp.HostNames()) + ",\n" +
		"else the service.\n\n" +
		"A message id that is nothing but an offset or a delivery tag is a coordinate, not an id: the offset that is said beside it, or a\n" +
		"number at Kafka where the partition is said. Partition and offset together are the coordinate `partition:offset`; a delivery\n" +
		"tag with the client that was handed the message, else with the service instance, is `#tag@consumer`. An offset without its\n" +
		"partition and a tag without its consumer are neither.\n\n" +
		"The attributes of a link say what its message has of its own: `hopstamp.message.key`, `hopstamp.recipient`, message id,\n" +
		"conversation, offset or delivery tag; the rest is taken from the span. A link without ids is kept when it says one of these.\n\n" +
		"Sampling before Hopstamp is read from `ot=th` of the trace state. The trace flags count as unsampled only when one of them\n" +
		"is set and the sampled one is not: several SDKs leave all of them out.\n")
}

func writeJoins(b *bytes.Buffer) {
	b.WriteString("\n## Joins\n\n" +
		"The rules are tried in this order, and each join that is shown says its rule and its confidence.\n\n" +
		"| rule | what is equal | where | confidence | example |\n| --- | --- | --- | --- | --- |\n")
	for _, rule := range journey.JoinRules() {
		var confidence []string
		for _, trust := range rule.Trusted {
			words := trust.Confidence.String()
			switch {
			case trust.When != "":
				words += " when " + trust.When
			case len(rule.Trusted) > 1:
				words = "else " + words
			}
			confidence = append(confidence, words)
		}
		writeRow(b, "`"+rule.Rule.String()+"`", rule.Matches, rule.Scope, strings.Join(confidence, ", "), rule.Example)
	}
}

func writeBatches(b *bytes.Buffer) {
	b.WriteString("\nWhat was said goes before what only looks the same: a consumer seeks by names only while nothing that it continues is here. Its\n" +
		"parent is nothing that it continues when all above it are of no message, such as a loop that polls for as long as its process\n" +
		"lives, or a receive span that says nothing of any message.\n\n" +
		"A SERVER span above a consumer may be only the call by which a platform hands a message to a service (a push subscription, a\n" +
		"webhook gateway). The consumer then seeks its message by the key, id or coordinate that it shows, and belongs to that from there on;\n" +
		"the SERVER span is no message, not even where a path matches it, unless something below it that stays there is published,\n" +
		"created, processed or says its stage. The consumer seeks nothing when the SERVER span shows a `hopstamp.message.key`, another message id or a `hopstamp.stage`,\n" +
		"when a send or a creation stands above it, or when its own trace offers what it shows: who accepts a message and works on it\n" +
		"at once has both in one trace, and continues what was sent there (see below).\n" +
		"A SERVER span above a consumer that has a link to its message is no message either, in the same cases.\n\n" +
		"A consumer may also stand beside what sent its message, and not below it: in the process that sends, a worker may run in the\n" +
		"context of the request. Where a send or a creation of its own trace shows the message id or the coordinate that it shows, and it\n" +
		"has no link, it continues that by `message_id` or `coordinates`, as it would from another trace; of several, the last before it\n" +
		"that went well. It does not when its message is that of the nearest send above it: no other consumer stands between them, or the\n" +
		"send was to the same destination and shows no other id.\n\n" +
		"A link of a consumer to a send or a creation of its own trace is followed whatever its parent is, such as the span of a broker or\n" +
		"the request that handed the message over. It says nothing new when what it leads to stands above the consumer already, and nothing\n" +
		"of a message when that is neither a send nor a creation, stands below the consumer or is not here: then the consumer\n" +
		"continues its parent.\n\n" +
		"A SERVER span below a consumer is a part of the processing and no second acceptance, unless `hopstamp.stage` says so. One that\n" +
		"shows another `hopstamp.message.key` than the message that caused it begins a message of its own.\n\n" +
		"## Batches\n\n" +
		"A span that covers several messages is a part of the journey of each, and its work is shared. What a send says of them\n" +
		"decides what can be known of each:\n\n" +
		"| the send says | deliveries | a consumer takes one when | one that nobody takes |\n| --- | --- | --- | --- |\n")
	for _, rule := range journey.BatchRules() {
		writeRow(b, rule.Says, rule.Delivered, rule.Taken, rule.Missing)
	}
	b.WriteString("\nA send without links that shows the message id of what was created beside it, below the same span, is of that (`message_id`).\n\n" +
		"What is created in a request that publishes others, and that nothing is seen to send, is a delivery of its own to its destination:\n" +
		"stuck and lost at its send (`StuckAtPublish`, `LostAtPublish`), unless somebody takes it. It is none where a send to that\n" +
		"destination, or to none that is said, does not tell of what it is and may be its send.\n\n" +
		"A consumer tells of its messages by a link to each. Several links to one span are several messages when they name them. Links to\n" +
		"several spans are of as many messages, even when all show one id; as long as it is not known where these began, the ids of their\n" +
		"deliveries say the trace that the link leads to, too. A consumer that says only how many it took from one such send took so many of\n" +
		"it; one that covers more messages than it has links makes those of its destination that nobody else took unverifiable\n" +
		"(`LinksDropped`).\n\n" +
		"Events of the send that say `hopstamp.stage` and an id are messages with that id. Where nothing of the send names its messages,\n" +
		"consumers that show ids and no context are not tied to it, though they take from its destination: they may be of any send to there.\n" +
		"They are no messages of their own, but records that joined nothing (`hopstamp_track_unjoined_stamps_total`).\n")
}

func writeRow(b *bytes.Buffer, cells ...string) {
	fmt.Fprintf(b, "| %s |\n", strings.Join(cells, " | "))
}

// code writes names as such.
func code(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "`" + strings.Join(names, "`, `") + "`"
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}
