// SPDX-License-Identifier: Apache-2.0

package receive

import (
	"bytes"
	"fmt"

	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/hopstamp/hopstamp/internal/receive/otlp"
)

// objectBytes is about what one object of a JSON request takes while it is translated.
const objectBytes = 160

// translateJSON makes the body of the job protobuf. It costs much more than
// reading protobuf, in time and in memory, and the memory is paid for by the
// number of objects: `[{},{},` grows far more than its own length.
func translateJSON(j *job, l *lease) *refusal {
	needed := int64(len(j.body)) + objectBytes*int64(bytes.Count(j.body, []byte{'{'}))
	if needed > l.budget.limit {
		return tooManyObjects()
	}
	if !l.grow(needed) {
		return budgetSpent(l.budget.limit)
	}
	request := ptraceotlp.NewExportRequest()
	if err := request.UnmarshalJSON(j.body); err != nil {
		return invalid(fmt.Errorf("%w: %w", otlp.ErrMalformed, err))
	}
	translated, err := request.MarshalProto()
	if err != nil {
		return invalid(fmt.Errorf("%w: %w", otlp.ErrMalformed, err))
	}
	j.body = append(j.body[:0], translated...)
	return nil
}
