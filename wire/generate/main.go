// SPDX-License-Identifier: Apache-2.0

// Command generate writes what follows from attributes.yaml. It runs in the
// folder of that file; go generate sees to it.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// source is the file that everything is generated from, and outputs are the files
// that are written, all relative to the folder wire.
const source = "attributes.yaml"

var outputs = []struct {
	path   string
	render func(*Schema) ([]byte, error)
}{
	{"attributes.gen.go", renderGo},
	{"attributes.gen.ts", renderTypeScript},
	{"../docs/reference/attributes.md", renderReference},
}

func main() {
	if err := generate("."); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func generate(folder string) error {
	schema, err := readSchema(filepath.Join(folder, source))
	if err != nil {
		return err
	}
	for _, output := range outputs {
		text, err := output.render(schema)
		if err != nil {
			return fmt.Errorf("render %s: %w", output.path, err)
		}
		if err := os.WriteFile(filepath.Join(folder, output.path), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}
