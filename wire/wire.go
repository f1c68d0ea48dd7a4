// SPDX-License-Identifier: Apache-2.0

// Package wire holds the names that Hopstamp adds to OpenTelemetry: attributes
// and the values of those that have a closed set. It is all that the server and
// the SDKs share, and all of it is generated from attributes.yaml, for Go here
// and for TypeScript in attributes.gen.ts.
package wire

//go:generate go run ./generate
