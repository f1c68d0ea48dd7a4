// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"go/format"
	"strings"
)

const generatedMark = "Code generated from attributes.yaml; DO NOT EDIT."

func renderGo(s *Schema) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "// SPDX-License-Identifier: Apache-2.0\n\n// %s\n\npackage wire\n", generatedMark)
	b.WriteString("\n// The attributes.\nconst (\n")
	for _, attribute := range s.Attributes {
		fmt.Fprintf(&b, "// Attribute%s (%s): %s\n", identifier(attribute.short()), attribute.Type, attribute.Meaning)
		fmt.Fprintf(&b, "Attribute%s = %q\n", identifier(attribute.short()), attribute.Name)
	}
	b.WriteString(")\n")
	for _, enum := range s.Enums {
		fmt.Fprintf(&b, "\n// The values of %s.\nconst (\n", s.attributeOf(enum))
		for _, value := range enum.Values {
			fmt.Fprintf(&b, "%s%s = %q // %s\n", identifier(enum.Name), identifier(value.Value), value.Value, value.Meaning)
		}
		b.WriteString(")\n")
	}
	return format.Source(b.Bytes())
}

func renderTypeScript(s *Schema) ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "// SPDX-License-Identifier: Apache-2.0\n\n// %s\n", generatedMark)
	b.WriteString("\n/** The attributes. */\nexport const attributes = {\n")
	for _, attribute := range s.Attributes {
		name := identifier(attribute.short())
		fmt.Fprintf(&b, "  /** %s (%s) */\n  %s: %q,\n", attribute.Meaning, attribute.Type,
			strings.ToLower(name[:1])+name[1:], attribute.Name)
	}
	b.WriteString("} as const;\n")
	for _, enum := range s.Enums {
		fmt.Fprintf(&b, "\n/** A value of %s. */\nexport type %s =\n", s.attributeOf(enum), identifier(enum.Name))
		for i, value := range enum.Values {
			end := ""
			if i == len(enum.Values)-1 {
				end = ";"
			}
			fmt.Fprintf(&b, "  /** %s */\n  | %q%s\n", value.Meaning, value.Value, end)
		}
	}
	return b.Bytes(), nil
}

func renderReference(s *Schema) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("<!-- " + generatedMark + " -->\n\n# Attributes\n\n")
	b.WriteString("Plain OpenTelemetry is enough to begin with. These attributes say what it has no words for; set those that\n" +
		"you know, on any span. Everything else is read from OpenTelemetry's own attributes, old and new names alike.\n\n")
	b.WriteString("| attribute | type | on | meaning | example |\n| --- | --- | --- | --- | --- |\n")
	for _, attribute := range s.Attributes {
		kind := attribute.Type
		if attribute.Enum != "" {
			kind = fmt.Sprintf("[%s](#%s)", attribute.Enum, attribute.Enum)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | `%s` |\n", attribute.Name, kind, strings.Join(attribute.On, ", "),
			attribute.Meaning, attribute.Example)
	}
	for _, enum := range s.Enums {
		fmt.Fprintf(&b, "\n## %s\n\nThe values of `%s`.\n\n| value | meaning |\n| --- | --- |\n", enum.Name, s.attributeOf(enum))
		for _, value := range enum.Values {
			fmt.Fprintf(&b, "| `%s` | %s |\n", value.Value, value.Meaning)
		}
	}
	return b.Bytes(), nil
}

func (s *Schema) attributeOf(enum Enum) string {
	for _, attribute := range s.Attributes {
		if attribute.Enum == enum.Name {
			return attribute.Name
		}
	}
	return enum.Name
}
