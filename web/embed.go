// SPDX-License-Identifier: Apache-2.0

// Package web holds the built user interface and serves it.
//
// The build (npm run build) writes dist, which is not in the repository; without it
// the binary still builds and serves a placeholder that says how to make it. The
// handler has no state and is safe for concurrent use.
package web

import "embed"

//go:embed all:dist placeholder
var files embed.FS
