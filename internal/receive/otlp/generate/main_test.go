// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReferenceIsGenerated(t *testing.T) {
	t.Parallel()
	got, err := os.ReadFile(filepath.Join("../../../..", output))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, render()) {
		t.Errorf("%s is not what the tables say; run make generate", output)
	}
}

// Every table says in words what it means: a row has no empty first or last cell
// but where there are no older names.
func TestEveryRowSaysWhatItMeans(t *testing.T) {
	t.Parallel()
	rows := 0
	for line := range strings.Lines(string(render())) {
		cells := strings.Split(strings.Trim(line, "|\n"), "|")
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "| ---") {
			continue
		}
		rows++
		if strings.TrimSpace(cells[0]) == "" || strings.TrimSpace(cells[1]) == "" {
			t.Errorf("a cell is empty: %s", line)
		}
	}
	if rows < 60 {
		t.Errorf("only %d rows", rows)
	}
}
