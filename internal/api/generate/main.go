// SPDX-License-Identifier: Apache-2.0

// Command generate writes the OpenAPI document of the HTTP interface.
package main

import (
	"fmt"
	"os"

	"github.com/hopstamp/hopstamp/internal/api"
)

func main() {
	document, err := api.OpenAPI()
	if err == nil {
		err = os.WriteFile("../../docs/reference/openapi.json", document, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}
