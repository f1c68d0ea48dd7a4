// SPDX-License-Identifier: Apache-2.0

// Package memory hands out memory for state that is large, holds no pointers and
// lives as long as its owner. The garbage collector neither counts it nor looks at
// it, and the kernel is asked to back it with large pages: what is spread over
// gigabytes is reached without a walk through the page tables each time, and a
// page fault comes once for 2 MiB instead of once for 4 KiB.
//
// A pool is used by one goroutine. Nothing of it is given back alone; all of it goes
// back to the system some time after the pool is out of reach, so whoever holds
// memory of a pool must hold the pool.
package memory

import "runtime"

// Pool hands out memory. The zero Pool is ready for use.
type Pool struct {
	rest []byte // of the newest region
}

const (
	largePage  = 2 << 20 // of x86-64 and arm64
	regionSize = 32 * largePage
	lineSize   = 64 // of the processor's cache: everything begins at a line
)

// Take is so many bytes of zeroed memory.
func (p *Pool) Take(size int) []byte {
	size = (size + lineSize - 1) &^ (lineSize - 1)
	if size > len(p.rest) {
		p.rest = p.region(max(size, regionSize))
	}
	taken := p.rest[:size:size]
	p.rest = p.rest[size:]
	return taken
}

// region maps memory that begins at a large page. The system backs it only where it
// is touched, so a region costs address space until then.
func (p *Pool) region(size int) []byte {
	mapped, err := mapMemory(size + largePage)
	if err != nil {
		return make([]byte, size) // the runtime knows how to say that there is none
	}
	runtime.AddCleanup(p, unmapMemory, mapped)
	return mapped[toLargePage(mapped):][:size]
}
