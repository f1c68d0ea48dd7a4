// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"fmt"

	"go.opentelemetry.io/collector/pdata/ptrace"
)

// JSON writes a request of spans as OTLP has it in JSON, with everything that the
// sender said: for people who look at a few of them.
func JSON(request []byte) ([]byte, error) {
	traces, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(request)
	if err != nil {
		return nil, fmt.Errorf("read spans: %w", err)
	}
	text, err := (&ptrace.JSONMarshaler{}).MarshalTraces(traces)
	if err != nil {
		return nil, fmt.Errorf("write spans as JSON: %w", err)
	}
	return text, nil
}
