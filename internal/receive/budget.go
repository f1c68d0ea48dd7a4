// SPDX-License-Identifier: Apache-2.0

package receive

import "sync/atomic"

// budget bounds the bytes of all requests that are being taken, so that a flood
// is answered with back-pressure, not with memory.
type budget struct {
	limit int64
	used  atomic.Int64
}

// exhausted tells whether there is no room even for a small request.
func (b *budget) exhausted() bool { return b.used.Load() >= b.limit }

// lease is the share of one request. It grows as the request arrives, so that a
// sender who announces much and sends nothing holds little.
type lease struct {
	budget *budget
	bytes  int64
}

// grow raises the share to so many bytes, or answers false and changes nothing.
func (l *lease) grow(bytes int64) bool {
	more := bytes - l.bytes
	if more <= 0 {
		return true
	}
	if l.budget.used.Add(more) > l.budget.limit {
		l.budget.used.Add(-more)
		return false
	}
	l.bytes = bytes
	return true
}

// shrink gives back what was not needed.
func (l *lease) shrink(bytes int64) {
	if bytes < l.bytes {
		l.budget.used.Add(bytes - l.bytes)
		l.bytes = bytes
	}
}

func (l *lease) release() { l.shrink(0) }
