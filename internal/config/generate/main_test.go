// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"testing"
)

func TestSchemaIsGenerated(t *testing.T) {
	t.Chdir("../../..")
	want, err := schema()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("docs/reference/config.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/reference/config.schema.json is not what the structs say; run make generate")
	}
	if !bytes.Contains(got, []byte("lets the last second be lost")) {
		t.Error("the comments of the structs are missing from the schema")
	}
}
