// SPDX-License-Identifier: Apache-2.0

package forward

import (
	"encoding/hex"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
)

// namedTraces is how many traces of a request are named in the log.
const namedTraces = 8

// countSpans counts the spans of an ExportTraceServiceRequest: resource spans,
// scope spans, spans.
func countSpans(request []byte) (spans int) {
	eachSpan(request, func([]byte) { spans++ })
	return spans
}

// tracesOf names the first traces of a request, by their ids in hex.
func tracesOf(request []byte) (traces []string) {
	eachSpan(request, func(span []byte) {
		if len(traces) == namedTraces {
			return
		}
		eachField(span, func(number protowire.Number, value []byte, _ uint64) {
			if number != 1 {
				return
			}
			if trace := hex.EncodeToString(value); !slices.Contains(traces, trace) {
				traces = append(traces, trace)
			}
		})
	})
	return traces
}

// eachSpan calls visit with the spans of a request.
func eachSpan(request []byte, visit func(span []byte)) {
	eachField(request, func(number protowire.Number, resource []byte, _ uint64) {
		if number != 1 {
			return
		}
		eachField(resource, func(number protowire.Number, scope []byte, _ uint64) {
			if number != 2 {
				return
			}
			eachField(scope, func(number protowire.Number, span []byte, _ uint64) {
				if number == 2 {
					visit(span)
				}
			})
		})
	})
}

// eachField calls visit with the fields of a message that are bytes or varints,
// up to its end or the first thing that is not protobuf.
func eachField(message []byte, visit func(number protowire.Number, value []byte, n uint64)) {
	for len(message) > 0 {
		number, kind, width := protowire.ConsumeTag(message)
		if width < 0 {
			return
		}
		message = message[width:]
		var value []byte
		var n uint64
		switch kind {
		case protowire.BytesType:
			value, width = protowire.ConsumeBytes(message)
		case protowire.VarintType:
			n, width = protowire.ConsumeVarint(message)
		default:
			width = protowire.ConsumeFieldValue(number, kind, message)
		}
		if width < 0 {
			return
		}
		message = message[width:]
		visit(number, value, n)
	}
}
