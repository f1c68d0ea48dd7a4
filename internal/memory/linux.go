// SPDX-License-Identifier: Apache-2.0

//go:build linux

package memory

import (
	"syscall"
	"unsafe"
)

func mapMemory(size int) ([]byte, error) {
	mapped, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err == nil {
		_ = syscall.Madvise(mapped, syscall.MADV_HUGEPAGE) // a kernel without large pages still gives memory
	}
	return mapped, err
}

func unmapMemory(mapped []byte) { _ = syscall.Munmap(mapped) }

// toLargePage is how far it is to the first large page.
func toLargePage(mapped []byte) int {
	return int(-uintptr(unsafe.Pointer(unsafe.SliceData(mapped))) & (largePage - 1))
}
