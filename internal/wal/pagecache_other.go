// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package wal

import "os"

func uncache(*os.File) {}
