// SPDX-License-Identifier: Apache-2.0

// Package journeys_test compares what a running hopstamp says of messages with what
// truly happened to them.
package journeys_test

import (
	"os"
	"testing"

	"github.com/hopstamp/hopstamp/test/server"
)

func TestMain(m *testing.M) { os.Exit(server.Run(m)) }
