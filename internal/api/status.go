// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"time"
)

// Status is what this server is.
type Status struct {
	Version  string     `json:"version"`
	Started  time.Time  `json:"started"`
	DataDir  string     `json:"data_dir"`
	OTLPGRPC string     `json:"otlp_grpc"`
	OTLPHTTP string     `json:"otlp_http"`
	Log      LogStatus  `json:"log"`
	LogTime  *time.Time `json:"log_time" nullable:"true" doc:"null while the log is empty"`
	Sources  []Source   `json:"sources" nullable:"false" doc:"Services that sent spans, newest first"`
	Demo     bool       `json:"demo"`
}

// LogStatus is what the log holds.
type LogStatus struct {
	First   uint64 `json:"first"`
	Last    uint64 `json:"last"`
	Bytes   uint64 `json:"bytes"`
	Missing uint64 `json:"missing" doc:"Log messages that the disk damaged. What they held and was not tracked before is not counted"`
}

// Source is a service that sent spans.
type Source struct {
	Service  string    `json:"service"`
	LastSeen time.Time `json:"last_seen"`
	Spans    uint64    `json:"spans"`
}

func (h handlers) status(context.Context, *struct{}) (*body[Status], error) {
	return &body[Status]{h.backend.Status()}, nil
}
