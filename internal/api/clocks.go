// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"time"
)

// SourceClock is the clock of a host against that of this server.
type SourceClock struct {
	Host     string    `json:"host"`
	OffsetUS int64     `json:"offset_us" doc:"How far it is ahead of this server's clock; 0 while nothing proves it wrong"`
	BoundUS  int64     `json:"bound_us" doc:"How far the truth may be from that"`
	DriftPPM float64   `json:"drift_ppm" doc:"What it gains, in parts per million; 0 while that is not known"`
	Suspect  bool      `json:"suspect" doc:"It was seen to jump, or contradicts itself"`
	Since    time.Time `json:"since" doc:"Since when it runs so"`
}

func (h handlers) clocks(context.Context, *struct{}) (*body[list[SourceClock]], error) {
	items := h.backend.Clocks()
	if items == nil {
		items = []SourceClock{}
	}
	return &body[list[SourceClock]]{list[SourceClock]{Items: items}}, nil
}
