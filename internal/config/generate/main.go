// SPDX-License-Identifier: Apache-2.0

// Command generate writes the JSON schema of the configuration file, with the
// comments of the structs as descriptions.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"time"

	"github.com/invopop/jsonschema"

	"github.com/hopstamp/hopstamp/internal/config"
)

func main() {
	err := os.Chdir("../..") // the root of the module, from where go generate runs it
	if err == nil {
		err = write()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func write() error {
	document, err := schema()
	if err != nil {
		return err
	}
	return os.WriteFile("docs/reference/config.schema.json", document, 0o644)
}

// schema has to run in the root of the module, where it finds the comments.
func schema() ([]byte, error) {
	reflector := jsonschema.Reflector{FieldNameTag: "yaml", RequiredFromJSONSchemaTags: true, ExpandedStruct: true, Anonymous: true}
	reflector.Mapper = func(t reflect.Type) *jsonschema.Schema {
		if t == reflect.TypeFor[time.Duration]() {
			return &jsonschema.Schema{Type: "string", Pattern: `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$`, Examples: []any{"5s", "10m", "24h"}}
		}
		return nil
	}
	if err := reflector.AddGoComments("github.com/hopstamp/hopstamp", "./internal/config"); err != nil {
		return nil, fmt.Errorf("read the comments: %w", err)
	}
	document := reflector.Reflect(&config.Config{})
	document.Title = "Hopstamp configuration"
	text, err := json.MarshalIndent(document, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the schema: %w", err)
	}
	return append(text, '\n'), nil
}
