// SPDX-License-Identifier: Apache-2.0

package otlp

//go:generate go run ./generate

// StageRule is a row of the table by which the stage of a span is derived, in
// words; "" means any, and for the stage none.
type StageRule struct {
	Kind, Operation string
	Has, Not        []string // what else the span has to be, and may not be
	Stage           string
}

// Operation is what a messaging span does, and the words that say so.
type Operation struct {
	Name  string
	Words []string
}

// Trait is what else a span can be, and the attributes of today of which any
// tells.
type Trait struct {
	Name       string
	Attributes []string
}

// Names is what is read from some attribute: under the name of today, or under
// an older one.
type Names struct {
	Meaning, Today string
	Older          []string // newest first
}

// StageRules lists the table in its order: the first row that fits wins.
func StageRules() (rules []StageRule) {
	for _, rule := range stageRules {
		row := StageRule{Kind: rule.kind.String(), Stage: rule.stage.String()}
		if rule.operation != anyOperation {
			row.Operation = operationNames[rule.operation]
		}
		for _, trait := range traitFields {
			if rule.has&trait.trait != 0 {
				row.Has = append(row.Has, trait.words)
			}
			if rule.not&trait.trait != 0 {
				row.Not = append(row.Not, trait.words)
			}
		}
		rules = append(rules, row)
	}
	return rules
}

// Operations lists the messaging operations and their words in every generation.
func Operations() (operations []Operation) {
	for of := noOperation + 1; of < numOperations; of++ {
		operation := Operation{Name: operationNames[of]}
		for _, word := range operationWords {
			if word.operation == of {
				operation.Words = append(operation.Words, word.word)
			}
		}
		operations = append(operations, operation)
	}
	return operations
}

// Traits lists what tells a call from messaging.
func Traits() (all []Trait) {
	for _, trait := range traitFields {
		row := Trait{Name: trait.words}
		for _, generation := range generations {
			if trait.fields&bit(generation.field) != 0 {
				row.Attributes = append(row.Attributes, generation.names[0])
			}
		}
		all = append(all, row)
	}
	return all
}

// NamesOfAllGenerations lists the attributes that are read.
func NamesOfAllGenerations() (all []Names) {
	for _, generation := range generations {
		all = append(all, Names{fieldWords[generation.field], generation.names[0], generation.names[1:]})
	}
	return all
}

// HostNames lists the resource attributes that say whose clock times are of; the
// first found wins.
func HostNames() []string { return append([]string(nil), hostNames...) }
