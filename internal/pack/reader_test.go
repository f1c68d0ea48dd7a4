// SPDX-License-Identifier: Apache-2.0

package pack

import (
	"encoding/binary"
	"testing"
)

func TestReadsWhatWasAppended(t *testing.T) {
	t.Parallel()
	data := binary.AppendVarint(binary.AppendUvarint([]byte{7}, 300), -300)
	data = append(binary.LittleEndian.AppendUint64(data, 1<<40), 2, 'h', 'i', 3)
	r := Reader{Rest: data}
	if b, u, v, f, text, n := r.Byte(), r.Uvarint(), r.Varint(), r.Fixed64(), r.Text(), r.Below(4); b != 7 || u != 300 || v != -300 || f != 1<<40 || text != "hi" || n != 3 {
		t.Errorf("read %d %d %d %d %q %d", b, u, v, f, text, n)
	}
	if !r.Whole() {
		t.Errorf("%d bytes are left, bad %v", len(r.Rest), r.Bad)
	}
}

// What is not there, or cannot be, is zero, and so is everything behind it.
func TestAfterTheFirstBadAllIsZero(t *testing.T) {
	t.Parallel()
	for name, read := range map[string]func(*Reader) uint64{
		"take":    func(r *Reader) uint64 { return uint64(len(r.Take(4))) },
		"fixed":   func(r *Reader) uint64 { return r.Fixed64() },
		"below":   func(r *Reader) uint64 { return r.Below(2) },
		"count":   func(r *Reader) uint64 { return uint64(r.Count(2)) },
		"text":    func(r *Reader) uint64 { return uint64(len(r.Text())) },
		"require": func(r *Reader) uint64 { r.Require(false); return 0 },
	} {
		r := Reader{Rest: []byte{3, 1, 1}}
		if got := read(&r); got != 0 || !r.Bad || r.Whole() || r.Byte() != 0 || r.Uvarint() != 0 || r.Text() != "" {
			t.Errorf("%s gives %d, bad %v, %d bytes left", name, got, r.Bad, len(r.Rest))
		}
	}
	if r := (Reader{Rest: []byte{0x80}}); r.Uvarint() != 0 || !r.Bad {
		t.Error("half a number was read")
	}
}
