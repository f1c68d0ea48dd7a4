// SPDX-License-Identifier: Apache-2.0

package vendor

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
)

var errNotAnObject = errors.New("body: want one JSON object with text fields")

// Schema names the fields of a request: all are mandatory text, and others are refused.
type Schema []string

// Check reads a request and says what is wrong with it.
func (s Schema) Check(body io.Reader) error {
	var fields map[string]string
	if err := json.NewDecoder(body).Decode(&fields); err != nil {
		return errNotAnObject
	}
	for _, field := range s {
		if fields[field] == "" {
			return fmt.Errorf("field %q is required", field)
		}
	}
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(s, field) {
			return fmt.Errorf("field %q is unknown", field)
		}
	}
	return nil
}

// with is the schema with one more field.
func (s Schema) with(field string) Schema { return append(slices.Clone(s), field) }
