// SPDX-License-Identifier: Apache-2.0

package worker

import (
	"fmt"
	"time"
)

// Refusal is the error of an attempt at which the other side did not take the message.
type Refusal struct {
	Type       string        // OpenTelemetry's error.type: a status code, or "timeout"
	Category   string        // Hopstamp's: transport, timeout, validation, auth, rate_limit, rejection, internal
	Detail     string        // what the other side said
	RetryAfter time.Duration // what it asked for, or 0
}

func (r *Refusal) Error() string { return fmt.Sprintf("%s: %s", r.Type, r.Detail) }
