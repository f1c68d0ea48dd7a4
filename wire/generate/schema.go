// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"gopkg.in/yaml.v3"
)

// Schema is attributes.yaml.
type Schema struct {
	Attributes []Attribute `yaml:"attributes"`
	Enums      enums       `yaml:"enums"`
}

// Attribute is one attribute of ours.
type Attribute struct {
	Name    string   `yaml:"name"`
	Type    string   `yaml:"type"` // string or int
	Enum    string   `yaml:"enum"` // name of the closed set of its values; "" when open
	On      []string `yaml:"on"`   // what carries it
	Meaning string   `yaml:"meaning"`
	Example string   `yaml:"example"`
}

// Enum is a closed set of values, in the order of the file.
type Enum struct {
	Name   string
	Values []Value
}

// Value is one of a closed set.
type Value struct{ Value, Meaning string }

// enums keep the order of the file, which a map would lose.
type enums []Enum

func (e *enums) UnmarshalYAML(node *yaml.Node) error {
	for i := 0; i+1 < len(node.Content); i += 2 {
		enum := Enum{Name: node.Content[i].Value}
		values := node.Content[i+1].Content
		for j := 0; j+1 < len(values); j += 2 {
			enum.Values = append(enum.Values, Value{Value: values[j].Value, Meaning: values[j+1].Value})
		}
		*e = append(*e, enum)
	}
	return nil
}

func readSchema(path string) (*Schema, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	schema := new(Schema)
	if err := decoder.Decode(schema); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return schema, schema.validate()
}

func (s *Schema) validate() error {
	seen := map[string]bool{}
	for _, attribute := range s.Attributes {
		switch {
		case !strings.HasPrefix(attribute.Name, "hopstamp."):
			return fmt.Errorf("attribute %q: the name does not begin with \"hopstamp.\"", attribute.Name)
		case seen[attribute.Name]:
			return fmt.Errorf("attribute %q is listed twice", attribute.Name)
		case attribute.Type != "string" && attribute.Type != "int":
			return fmt.Errorf("attribute %q: type %q is neither string nor int", attribute.Name, attribute.Type)
		case attribute.Meaning == "" || attribute.Example == "" || len(attribute.On) == 0:
			return fmt.Errorf("attribute %q: meaning, example and on are needed", attribute.Name)
		}
		if err := s.validateExample(attribute); err != nil {
			return err
		}
		seen[attribute.Name] = true
	}
	return nil
}

func (s *Schema) validateExample(attribute Attribute) error {
	if attribute.Enum == "" {
		return nil
	}
	for _, enum := range s.Enums {
		if enum.Name != attribute.Enum {
			continue
		}
		for _, value := range enum.Values {
			if value.Value == attribute.Example {
				return nil
			}
		}
		return fmt.Errorf("attribute %q: example %q is no %s", attribute.Name, attribute.Example, enum.Name)
	}
	return fmt.Errorf("attribute %q: there is no enum %q", attribute.Name, attribute.Enum)
}

// identifier spells a dotted name as one exported word: error.category -> ErrorCategory.
func identifier(name string) string {
	var b strings.Builder
	for _, part := range strings.FieldsFunc(name, func(r rune) bool { return r == '.' || r == '_' }) {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}

// short is the name without our prefix.
func (a Attribute) short() string { return strings.TrimPrefix(a.Name, "hopstamp.") }
