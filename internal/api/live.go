// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/sse"
)

// Pulse is how far the fold is. A view asks again for its numbers when it gets one.
type Pulse struct {
	Time       time.Time `json:"time" doc:"The log's time"`
	Position   uint64    `json:"position"`
	Deliveries int64     `json:"deliveries" doc:"Known since the ledger began"`
	InFlight   int64     `json:"in_flight"`
	Stuck      int64     `json:"stuck"`
	LagUS      int64     `json:"lag_us" doc:"From storing the last log message to counting it"`
}

// How often a view hears of changes, and how often it hears that there are none:
// often enough that a proxy does not take the connection for dead.
const (
	pulseEvery = time.Second
	quietEvery = 15 * time.Second
)

func registerLive(api huma.API, h handlers) {
	sse.Register(api, huma.Operation{OperationID: "live", Method: http.MethodGet, Path: prefix + "/live", Summary: "A pulse when something changes"},
		map[string]any{"pulse": Pulse{}}, h.live)
}

func (h handlers) live(ctx context.Context, _ *struct{}, send sse.Sender) {
	ticker := time.NewTicker(pulseEvery)
	defer ticker.Stop()
	var last Pulse
	var sent time.Time
	for {
		if now := h.backend.Pulse(); now.Position != last.Position || time.Since(sent) >= quietEvery {
			if send.Data(now) != nil {
				return
			}
			last, sent = now, time.Now()
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
