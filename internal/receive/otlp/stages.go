// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"strings"

	"github.com/hopstamp/hopstamp/internal/span"
)

// operation is what a messaging span does, in the words of today.
type operation uint8

const (
	noOperation operation = iota
	create
	send
	take // OpenTelemetry calls it receive
	process
	settle
	numOperations
)

// operationNames are the words of today; an operation that is not said has none.
var operationNames = [numOperations]string{"not said", "create", "send", "receive", "process", "settle"}

// operationWords reads every generation of messaging.operation.type, the usual
// values of messaging.operation.name, and the verbs of span names.
var operationWords = [...]struct {
	word      string
	operation operation
}{
	{"create", create},
	{"send", send}, {"publish", send}, {"produce", send},
	{"receive", take}, {"poll", take}, {"pull", take}, {"fetch", take}, {"consume", take},
	{"process", process}, {"deliver", process}, {"handle", process},
	{"settle", settle}, {"ack", settle}, {"nack", settle}, {"commit", settle}, {"reject", settle},
	{"complete", settle}, {"abandon", settle},
}

// traits are what else decides a stage.
type traits uint8

const (
	outbound traits = 1 << iota
	messaging
	database
	numTraits = 8
)

// traitFields are the attributes of which any gives a span its trait.
var traitFields = [...]struct {
	trait  traits
	fields uint64
	words  string
}{
	{outbound, 1<<methodField | 1<<rpcField, "an HTTP or RPC call"},
	{messaging, 1<<systemField | 1<<operationField | 1<<operationNameField | 1<<topicField, "messaging"},
	{database, 1 << databaseField, "a database call"},
}

// stageRules derive the stage of a span that doesn't say it; the first that fits
// wins, and a span that none fits fulfils no stage. anyOperation fits all.
const anyOperation = numOperations

var stageRules = [...]struct {
	kind      span.Kind
	operation operation
	has, not  traits
	stage     span.Stage
}{
	// Whoever answers a call has accepted something, whatever the protocol.
	{span.Server, anyOperation, 0, 0, span.Accepted},

	{span.Producer, create, 0, 0, span.Created},
	{span.Client, create, 0, 0, span.Created},
	{span.Producer, settle, 0, 0, span.None},
	{span.Producer, take, 0, 0, span.None},
	{span.Producer, process, 0, 0, span.None},
	{span.Producer, anyOperation, 0, 0, span.Published}, // send, or it does not say
	{span.Client, send, 0, 0, span.Published},

	// Receiving is CLIENT today and was CONSUMER before.
	{span.Client, take, 0, 0, span.Consumed},
	{span.Consumer, take, 0, 0, span.Consumed},
	{span.Consumer, process, 0, 0, span.Processed},
	{span.Consumer, noOperation, 0, 0, span.Processed},

	// A destination is called, not a broker and not a database.
	{span.Client, noOperation, outbound, messaging | database, span.Invoked},
}

// stageTable holds the outcome of the rules for every combination.
type stageTable [span.Consumer + 1][numOperations][numTraits]span.Stage

func newStageTable() (table stageTable) {
	for kind := range table {
		for op := range table[kind] {
			for has := range table[kind][op] {
				table[kind][op][has] = ruledStage(span.Kind(kind), operation(op), traits(has))
			}
		}
	}
	return table
}

func ruledStage(kind span.Kind, op operation, has traits) span.Stage {
	for _, rule := range stageRules {
		if rule.kind == kind && (rule.operation == anyOperation || rule.operation == op) &&
			has&rule.has == rule.has && has&rule.not == 0 {
			return rule.stage
		}
	}
	return span.None
}

// derivedStage is the stage of a span that doesn't say it.
func (t *Table) derivedStage(kind span.Kind, name string, v *values) span.Stage {
	var has traits
	for i := range traitFields {
		if v.set&traitFields[i].fields != 0 {
			has |= traitFields[i].trait
		}
	}
	op := noOperation
	if has&messaging != 0 || kind == span.Producer || kind == span.Consumer {
		op = messagingOperation(name, v)
	}
	return t.stages[kind][op][has]
}

// messagingOperation asks the attributes, of today before those of old, and then
// the span name, which is "<operation> <destination>" today and was
// "<destination> <operation>" before.
func messagingOperation(name string, v *values) operation {
	for _, f := range [...]field{operationField, operationNameField} {
		if v.has(f) {
			if op := operationOf(v.values[f].text); op != noOperation {
				return op
			}
		}
	}
	if at := strings.IndexByte(name, ' '); at >= 0 {
		if op := operationOf(name[:at]); op != noOperation {
			return op
		}
		return operationOf(name[strings.LastIndexByte(name, ' ')+1:])
	}
	return noOperation
}

func operationOf(word string) operation {
	for i := range operationWords {
		if operationWords[i].word == word {
			return operationWords[i].operation
		}
	}
	return noOperation
}
