// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/hopstamp/hopstamp/demo/directory"
	"github.com/hopstamp/hopstamp/demo/gateway"
	"github.com/hopstamp/hopstamp/demo/telemetry"
)

const (
	dialTimeout  = 15 * time.Second
	writeTimeout = 5 * time.Second
	reconnectMin = 200 * time.Millisecond
	reconnectMax = time.Second
	shownAtOnce  = 256
	renderSpread = 0.5
)

// device is one user's app.
type device struct {
	user   directory.User
	url    string
	tracer trace.Tracer
	poor   *atomic.Bool
	random *rand.Rand // used by run and what it calls
	seed   uint64
}

func newDevice(user directory.User, gatewayURL string, tracer trace.Tracer, poor *atomic.Bool, seed uint64) *device {
	return &device{
		user: user, url: gatewayURL + "/?user=" + url.QueryEscape(user.ID), tracer: tracer, poor: poor,
		random: rand.New(rand.NewPCG(seed, 4)), seed: seed,
	}
}

// run stays connected until ctx ends.
func (d *device) run(ctx context.Context) {
	for ctx.Err() == nil {
		d.connect(ctx)
		wait := reconnectMin + time.Duration(d.random.Int64N(int64(reconnectMax-reconnectMin)))
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// connect holds one connection until it breaks.
func (d *device) connect(ctx context.Context) {
	transport := &http.Transport{DialContext: d.dial}
	defer transport.CloseIdleConnections()
	dialing, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	socket, _, err := websocket.Dial( //nolint:bodyclose // the library closes it: it is the socket
		dialing, d.url, &websocket.DialOptions{HTTPClient: &http.Client{Transport: transport}})
	if err != nil {
		return
	}
	defer func() { _ = socket.CloseNow() }()
	arrived := make(chan arrival, shownAtOnce)
	var rendering sync.WaitGroup
	rendering.Go(func() { d.render(ctx, socket, arrived) })
	defer rendering.Wait()
	defer close(arrived)
	d.receive(ctx, socket, arrived)
}

func (d *device) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	d.seed++
	return newLink(conn, d.poor, d.seed), nil
}

// arrival is a message on the device that is not on the screen yet.
type arrival struct {
	id     string
	origin context.Context // of the gateway's deliver span
	at     time.Time       // when the step that is stamped next began
}

// receive takes envelopes off the socket.
func (d *device) receive(ctx context.Context, socket *websocket.Conn, arrived chan<- arrival) {
	for {
		var envelope gateway.Envelope
		if wsjson.Read(ctx, socket, &envelope) != nil {
			return
		}
		next := arrival{id: envelope.ID, at: time.Now(), origin: propagation.TraceContext{}.Extract(
			context.Background(), propagation.MapCarrier{"traceparent": envelope.Traceparent})}
		d.stamp(ctx, socket, next, "receive", telemetry.StageReceived)
		arrived <- next
	}
}

// render draws frames: each shows all that arrived while the one before was drawn.
func (d *device) render(ctx context.Context, socket *websocket.Conn, arrived <-chan arrival) {
	random := rand.New(rand.NewPCG(d.seed, 5))
	for first := range arrived {
		began := time.Now()
		frame := []arrival{first}
		time.Sleep(d.frameTime(random))
		for range len(arrived) {
			frame = append(frame, <-arrived)
		}
		for _, shown := range frame {
			if shown.at.Before(began) {
				shown.at = began
			}
			d.stamp(ctx, socket, shown, "render", telemetry.StageRendered)
		}
	}
}

// frameTime is how long the device needs to draw a frame: lognormal, and slower on small hardware.
func (d *device) frameTime(random *rand.Rand) time.Duration {
	median := map[string]time.Duration{
		"ios": 45 * time.Millisecond, "android": 80 * time.Millisecond, "web": 30 * time.Millisecond,
	}[d.user.Device]
	return time.Duration(float64(median) * math.Exp(renderSpread*random.NormFloat64()))
}

// stamp says on both ways that the message passed a stage. A receipt that cannot be written needs no
// answer here: the reader notices that the socket broke.
func (d *device) stamp(ctx context.Context, socket *websocket.Conn, passed arrival, name, stage string) {
	_, span := d.tracer.Start(passed.origin, name, trace.WithTimestamp(passed.at), trace.WithAttributes(d.describe(passed, stage)...))
	defer span.End()
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	_ = wsjson.Write(ctx, socket, gateway.Receipt{ID: passed.id, Stage: stage})
}

func (d *device) describe(passed arrival, stage string) []attribute.KeyValue {
	return []attribute.KeyValue{
		telemetry.Stage.String(stage),
		telemetry.Recipient.String(d.user.ID),
		telemetry.Device.String(d.user.Device),
		telemetry.Region.String(d.user.Region),
		telemetry.Tenant.String(d.user.Tenant),
		semconv.MessagingMessageID(passed.id),
	}
}
