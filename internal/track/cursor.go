// SPDX-License-Identifier: Apache-2.0

package track

import "github.com/hopstamp/hopstamp/internal/pack"

// cursor reads what encode.go and snapshot.go write.
type cursor struct {
	pack.Reader
	room []byte // for texts that are not there as they are
}

func newCursor(bytes []byte) cursor { return cursor{Reader: pack.Reader{Rest: bytes}} }
