// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hopstamp/hopstamp/internal/span"
)

const folder = ".."

func schema(t *testing.T) *Schema {
	t.Helper()
	s, err := readSchema(filepath.Join(folder, source))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestGeneratedFilesAreUpToDate(t *testing.T) {
	s := schema(t)
	for _, output := range outputs {
		want, err := output.render(s)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(folder, output.path))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what %s says; run: go generate ./wire", output.path, source)
		}
	}
}

func TestEnumsAreThoseOfSpan(t *testing.T) {
	want := map[string][]string{
		"stage":    names(func(i uint8) string { return span.Stage(i).String() }),
		"outcome":  names(func(i uint8) string { return span.Outcome(i).String() }),
		"category": names(func(i uint8) string { return span.Category(i).String() }),
	}
	for _, enum := range schema(t).Enums {
		if want[enum.Name] == nil {
			continue // the streams of logs are not read by span
		}
		var got []string
		for _, value := range enum.Values {
			got = append(got, value.Value)
		}
		if !slices.Equal(got, want[enum.Name]) {
			t.Errorf("%s: attributes.yaml has %v, span has %v", enum.Name, got, want[enum.Name])
		}
		delete(want, enum.Name)
	}
	for missing := range want {
		t.Errorf("attributes.yaml has no enum %s", missing)
	}
}

// names lists an enumeration from its first value that has a name to its last.
func names(of func(uint8) string) (all []string) {
	for i := uint8(1); of(i) != ""; i++ {
		all = append(all, of(i))
	}
	return all
}

func TestEveryDimensionHasItsAttribute(t *testing.T) {
	var listed []string
	for _, attribute := range schema(t).Attributes {
		listed = append(listed, attribute.Name)
	}
	for _, dimension := range span.DimNames {
		if !slices.Contains(listed, "hopstamp."+dimension) {
			t.Errorf("dimension %s has no attribute", dimension)
		}
	}
}

func TestBadSchemaIsRefusedWithTheReason(t *testing.T) {
	const good = "{name: hopstamp.x, type: string, on: [span], meaning: m, example: e}"
	tests := []struct{ text, reason string }{
		{"attributes: [{name: x}]", "does not begin with"},
		{"attributes: [" + good + ", " + good + "]", "listed twice"},
		{"attributes: [" + strings.Replace(good, "string", "float", 1) + "]", "neither string nor int"},
		{"attributes: [" + strings.Replace(good, "meaning: m, ", "", 1) + "]", "meaning, example and on are needed"},
		{"attributes: [" + strings.Replace(good, "on:", "enum: stage, on:", 1) + "]", `no enum "stage"`},
		{"attributes: [" + strings.Replace(good, "on:", "enum: stage, on:", 1) + "]\nenums: {stage: {a: m}}", "is no stage"},
		{"attribute: []", "not found in type"},
	}
	for _, test := range tests {
		path := filepath.Join(t.TempDir(), source)
		if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readSchema(path); err == nil || !strings.Contains(err.Error(), test.reason) {
			t.Errorf("%s: error %v, want one that says %q", test.text, err, test.reason)
		}
	}
}
