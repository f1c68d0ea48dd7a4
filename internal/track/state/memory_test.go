// SPDX-License-Identifier: Apache-2.0

package state

import (
	"reflect"
	"testing"
)

// The garbage collector does not look into large memory, so nothing there may point.
func TestWhatLiesInLargeMemoryHoldsNoPointers(t *testing.T) {
	t.Parallel()
	for _, kind := range []any{home(0), Group{}, stampRun{}, Edge{}, Told{}, Seek{}} {
		if at := pointerIn(reflect.TypeOf(kind)); at != "" {
			t.Errorf("%T has a pointer at %s", kind, at)
		}
	}
}

func pointerIn(kind reflect.Type) string {
	switch kind.Kind() {
	case reflect.Struct:
		for i := range kind.NumField() {
			if at := pointerIn(kind.Field(i).Type); at != "" {
				return kind.Field(i).Name + "." + at
			}
		}
		return ""
	case reflect.Array:
		return pointerIn(kind.Elem())
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Float32, reflect.Float64:
		return ""
	default:
		return kind.String()
	}
}
