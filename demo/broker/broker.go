// SPDX-License-Identifier: Apache-2.0

// Package broker is quickconnect's own message broker: a NATS JetStream server inside the process,
// reached by every service over its own TCP connection, and the instrumented client with which they
// send and take messages. Each send is a PRODUCER span whose context travels in the message's
// headers. A message is stored once a send returns without error, and is handed out again until it
// is settled. Safe for concurrent use, except that a Delivery belongs to whoever took it.
package broker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.opentelemetry.io/otel/trace"
)

const (
	readyTimeout = 10 * time.Second
	sendTimeout  = 5 * time.Second
	// ackWait is how long a worker may hold a message before the broker believes that it died.
	ackWait = time.Minute

	deliverStream    = "DELIVER"
	deadLetterStream = "DEADLETTER"
	profileBucket    = "profiles"
)

// Broker is a running server.
type Broker struct {
	server *server.Server
	admin  *Connection
}

// Start runs a broker on a free loopback port, with its store in folder.
func Start(ctx context.Context, folder string) (*Broker, error) {
	nats, err := server.NewServer(&server.Options{
		ServerName: "quickconnect-broker", Host: "127.0.0.1", Port: server.RANDOM_PORT,
		JetStream: true, StoreDir: folder, JetStreamMaxMemory: 16 << 20, JetStreamMaxStore: 512 << 20,
		NoLog: true, NoSigs: true,
	})
	if err != nil {
		return nil, fmt.Errorf("make the broker: %w", err)
	}
	nats.Start()
	b := &Broker{server: nats}
	if err := b.prepare(ctx); err != nil {
		b.Stop()
		return nil, fmt.Errorf("start the broker: %w", err)
	}
	return b, nil
}

// Connect opens a service's connection; its sends become spans of tracer.
func (b *Broker) Connect(service string, tracer trace.Tracer) (*Connection, error) {
	return connect(b.server.ClientURL(), service, tracer)
}

// Waiting counts the messages that no worker has settled yet.
func (b *Broker) Waiting(ctx context.Context) (uint64, error) {
	stream, err := b.admin.streams.Stream(ctx, deliverStream)
	if err != nil {
		return 0, fmt.Errorf("look at the stream: %w", err)
	}
	return stream.CachedInfo().State.Msgs, nil
}

// Stop closes the server; connections must be closed before.
func (b *Broker) Stop() {
	if b.admin != nil {
		b.admin.Close()
	}
	b.server.Shutdown()
	b.server.WaitForShutdown()
}

// prepare makes the streams: messages are kept until a worker settles them, dead letters for a day.
func (b *Broker) prepare(ctx context.Context) error {
	if !b.server.ReadyForConnections(readyTimeout) {
		return errors.New("not ready for connections")
	}
	admin, err := connect(b.server.ClientURL(), "quickconnect-admin", nil)
	if err != nil {
		return err
	}
	b.admin = admin
	_, err = admin.streams.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: deliverStream, Subjects: []string{"deliver.>"}, Retention: jetstream.WorkQueuePolicy,
	})
	if err != nil {
		return fmt.Errorf("make stream %s: %w", deliverStream, err)
	}
	_, err = admin.streams.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: deadLetterStream, Subjects: []string{"deadletter.>"}, MaxMsgs: 10_000, MaxAge: 24 * time.Hour,
	})
	if err != nil {
		return fmt.Errorf("make stream %s: %w", deadLetterStream, err)
	}
	_, err = admin.streams.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: profileBucket})
	if err != nil {
		return fmt.Errorf("make bucket %s: %w", profileBucket, err)
	}
	return nil
}

// Connection is one service's client.
type Connection struct {
	conn    *nats.Conn
	streams jetstream.JetStream
	tracer  trace.Tracer
}

func connect(url, service string, tracer trace.Tracer) (*Connection, error) {
	conn, err := nats.Connect(url, nats.Name(service), nats.MaxReconnects(-1))
	if err != nil {
		return nil, fmt.Errorf("connect %s: %w", service, err)
	}
	streams, err := jetstream.New(conn)
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("connect %s to JetStream: %w", service, err)
	}
	return &Connection{conn: conn, streams: streams, tracer: tracer}, nil
}

// Close ends the connection.
func (c *Connection) Close() { c.conn.Close() }
