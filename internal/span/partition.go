// SPDX-License-Identifier: Apache-2.0

package span

import (
	"encoding/binary"
	"math/bits"
)

// MaxPartitions that a log may have: sets of partitions are kept in 16 bits.
const MaxPartitions = 16

// PartitionOf says where the spans of a trace go. It is part of the format of the
// log: all nodes, and all versions that share a log, must agree on it.
//
// The two halves of the id are multiplied, rotated and added, because ids need
// not be random everywhere (some begin with the time), and the sum is scattered
// by the finalizer of MurmurHash3 before it is divided.
func PartitionOf(trace TraceID, partitions int) int {
	h := binary.LittleEndian.Uint64(trace[:8]) * 0x9e3779b97f4a7c15
	h = bits.RotateLeft64(h, 32) + binary.LittleEndian.Uint64(trace[8:])
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	h ^= h >> 33
	return int(h % uint64(partitions))
}
