// SPDX-License-Identifier: Apache-2.0

package gateway

// Envelope is what the gateway writes to a socket. Its one extra field carries the trace to the
// device, which no instrumentation does by itself.
type Envelope struct {
	ID          string `json:"id"`
	Room        string `json:"room"`
	From        string `json:"from"`
	Text        string `json:"text"`
	Traceparent string `json:"traceparent"`
}

// Receipt is what a client answers, once for each stage.
type Receipt struct {
	ID    string `json:"id"`
	Stage string `json:"stage"` // received or rendered
}
