// SPDX-License-Identifier: Apache-2.0

//go:build linux

package wal

import (
	"os"

	"golang.org/x/sys/unix"
)

// uncache lets the kernel use the memory for something else that what was synced of a
// file takes in its page cache. It may as well not; nothing depends on it.
func uncache(file *os.File) { _ = unix.Fadvise(int(file.Fd()), 0, 0, unix.FADV_DONTNEED) }
