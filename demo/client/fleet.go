// SPDX-License-Identifier: Apache-2.0

// Package client is the apps on the users' devices: each holds a real WebSocket to the gateway,
// shows what arrives, and tells in two ways how far a message came: by receipts on the socket, and by
// the spans `received` and `rendered`, the telemetry of the device. A Fleet owns its goroutines from
// Start to Stop.
package client

import (
	"context"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/otel/trace"

	"github.com/hopstamp/hopstamp/demo/directory"
)

// Fleet is the devices of all users.
type Fleet struct {
	end     context.CancelFunc
	devices sync.WaitGroup
	poor    atomic.Bool
	good    atomic.Bool // never set: the network of those whom trouble spares
}

// Start connects a device for each user to the gateway at url.
func Start(users []directory.User, url string, tracer trace.Tracer, seed uint64) *Fleet {
	life, end := context.WithCancel(context.Background())
	f := &Fleet{end: end}
	for i, user := range users {
		d := newDevice(user, url, tracer, f.network(user), seed+uint64(i))
		f.devices.Go(func() { d.run(life) })
	}
	return f
}

// Trouble makes the mobile network of one region poor, and good again: see link.
func (f *Fleet) Trouble(on bool) { f.poor.Store(on) }

// Stop disconnects all devices.
func (f *Fleet) Stop() {
	f.end()
	f.devices.Wait()
}

// network is the one that the user is in.
func (f *Fleet) network(user directory.User) *atomic.Bool {
	if user.Region == directory.America && user.Device != "web" {
		return &f.poor
	}
	return &f.good
}
