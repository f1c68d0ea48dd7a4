// SPDX-License-Identifier: Apache-2.0

package state

// of puts what a link says of the one message over what its stamp says. What a batch
// is known by itself is no name of a message.
func (i *IDs) of(stamp *Stamp, said IDs) {
	if stamp.Shared() > 1 {
		i.Key, i.Message, i.Coordinate = "", "", ""
	}
	i.Override(said)
}

// Likeness is whether two stamps say the same of a message.
type Likeness uint8

// What a comparison finds.
const (
	Unclear Likeness = iota // they say nothing that can be compared
	Same
	Other
)

// Like compares the names by which two tell of a message.
func (i *IDs) Like(with *IDs) (found Likeness) {
	for _, names := range [...][2]string{{i.Key, with.Key}, {i.Message, with.Message}, {i.Coordinate, with.Coordinate}} {
		switch {
		case names[0] == "" || names[1] == "":
		case names[0] == names[1]:
			return Same
		default:
			found = Other
		}
	}
	return found
}
