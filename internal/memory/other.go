// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package memory

func mapMemory(size int) ([]byte, error) { return make([]byte, size), nil }

func unmapMemory([]byte) {}

func toLargePage([]byte) int { return 0 }
