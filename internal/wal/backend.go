// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/hopstamp/hopstamp/internal/crashpoint"
)

const (
	serverPatience = 30 * time.Second
	// storePatience is how long a commit may go unanswered. Far beyond what a
	// slow disk needs, because giving up leaves open whether it was stored.
	storePatience = time.Minute
	// consumerMemory is what the server may spend on the state of followers.
	consumerMemory = 64 << 20
	// unlimited leaves limits to the streams, which each have their share.
	unlimited = 1 << 62
)

// backend is a running JetStream and our streams in it. Everything above it
// talks NATS through connect, so a backend that dials a cluster differs only
// in how it is opened and closed.
type backend struct {
	options Options
	server  *server.Server
	connect func() (*nats.Conn, error)
	writer  *nats.Conn
	js      jetstream.JetStream
	streams []jetstream.Stream
	blocks  []*blockFolder
	holes   []*holes
	// queues are those opened so far, guarded by queuesLock.
	queuesLock sync.Mutex
	queues     map[string]*queueStream
	// life ends, with the cause, when the disk failed; fail ends it.
	life  context.Context
	fail  context.CancelCauseFunc
	tasks sync.WaitGroup // that go on as long as it
}

func streamName(partition int) string { return "SPANS-" + strconv.Itoa(partition) }
func subject(partition int) string    { return "spans." + strconv.Itoa(partition) }

func streamFolder(dir string, partition int) string {
	return filepath.Join(dir, "jetstream", "$G", "streams", streamName(partition))
}

// openBackend starts the server on the folder in options and opens its streams.
func openBackend(ctx context.Context, options Options) (*backend, error) {
	b := &backend{options: options, queues: map[string]*queueStream{}}
	b.life, b.fail = context.WithCancelCause(context.Background())
	if err := b.start(ctx); err != nil {
		b.close()
		return nil, err
	}
	return b, nil
}

func (b *backend) start(ctx context.Context) error {
	before := b.storedStreams()
	ends := b.blockEnds()
	if err := b.startServer(); err != nil {
		return fmt.Errorf("start log server: %w", err)
	}
	b.reportCuts(ends)
	b.connect = func() (*nats.Conn, error) {
		return nats.Connect("", nats.InProcessServer(b.server), nats.NoReconnect())
	}
	var err error
	if b.writer, err = b.connect(); err != nil {
		return fmt.Errorf("connect to log server: %w", err)
	}
	if b.js, err = jetstream.New(b.writer); err != nil {
		return fmt.Errorf("connect to log server: %w", err)
	}
	for partition := range b.options.Partitions {
		if err := b.openStream(ctx, partition, before[partition]); err != nil {
			return fmt.Errorf("open partition %d: %w", partition, err)
		}
	}
	b.tasks.Go(func() { b.uncacheOld(b.life) })
	return b.findHoles(ctx)
}

func (b *backend) startServer() error {
	running, err := server.NewServer(&server.Options{
		ServerName:             "hopstamp",
		DontListen:             true,
		NoSigs:                 true,
		StoreDir:               b.options.Dir,
		SyncAlways:             b.options.Sync == SyncAlways,
		SyncInterval:           backgroundSync,
		MaxPayload:             b.options.maxPayload(),
		DisableJetStreamBanner: true,
	})
	if err != nil {
		return err
	}
	b.server = running
	running.SetLoggerV2(serverLog{logger: b.options.Logger, diskFailed: b.fail}, false, false, false)
	go running.Start()
	if !running.ReadyForConnections(serverPatience) {
		return fmt.Errorf("not ready after %v", serverPatience)
	}
	return running.EnableJetStream(&server.JetStreamConfig{
		StoreDir:     b.options.Dir,
		MaxMemory:    consumerMemory,
		MaxStore:     unlimited,
		SyncAlways:   b.options.Sync == SyncAlways,
		SyncInterval: backgroundSync,
	})
}

// storedStreams says which partitions are already on disk.
func (b *backend) storedStreams() map[int]bool {
	stored := map[int]bool{}
	for partition := range b.options.Partitions {
		_, err := os.Stat(filepath.Join(streamFolder(b.options.Dir, partition), server.JetStreamMetaFile))
		stored[partition] = err == nil
	}
	return stored
}

// noDuplicates is the shortest window in which the server looks for messages with the
// same id. Ours have none, and a start would read all of the window after a crash.
const noDuplicates = 100 * time.Millisecond

// openStream creates the stream or brings its limits up to date. A stream that
// is on disk but that the server would not recover must not be created anew:
// that would bury what it holds.
func (b *backend) openStream(ctx context.Context, partition int, stored bool) error {
	if stored {
		if _, err := b.js.Stream(ctx, streamName(partition)); err != nil {
			return fmt.Errorf("recover %s from %s: %w", streamName(partition), b.options.Dir, err)
		}
	}
	stream, err := b.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name:        streamName(partition),
		Subjects:    []string{subject(partition)},
		Storage:     jetstream.FileStorage,
		Replicas:    1,
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardOld,
		MaxBytes:    b.options.share(),
		AllowDirect: true,
		Duplicates:  noDuplicates,
	})
	if err != nil {
		return err
	}
	blocks, err := newBlockFolder(b.options.Dir, streamFolder(b.options.Dir, partition))
	if err != nil {
		return err
	}
	b.streams, b.blocks, b.holes = append(b.streams, stream), append(b.blocks, blocks), append(b.holes, &holes{})
	return nil
}

// store publishes one log message and returns when it is stored and, with
// SyncAlways, durable. After any error the backend should be replaced.
func (b *backend) store(partition int, data []byte) (Position, error) {
	return b.publish(&nats.Msg{Subject: subject(partition), Data: data}, b.blocks[partition])
}

// publish stores a message in the stream whose blocks are in a folder.
func (b *backend) publish(message *nats.Msg, blocks *blockFolder) (Position, error) {
	ctx, cancel := context.WithTimeout(b.life, storePatience)
	defer cancel()
	crashpoint.At("log.taken")
	stored, err := b.js.PublishMsg(ctx, message)
	if cause := context.Cause(b.life); err != nil && cause != nil {
		return 0, cause
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return 0, fmt.Errorf("no answer from the store within %v", storePatience)
	}
	if err != nil {
		return 0, err
	}
	crashpoint.At("log.written")
	if b.options.Sync == SyncAlways {
		if err := blocks.sync(); err != nil {
			return 0, err
		}
	}
	crashpoint.At("log.synced")
	return Position(stored.Sequence), nil
}

// within is ctx, ended early when the backend's disk fails: the server does not
// answer a write that went wrong.
func (b *backend) within(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(b.life, func() { cancel(context.Cause(b.life)) })
	return ctx, func() { stop(); cancel(nil) }
}

// unavailable is the error of something that was tried within ctx: the failure
// of the disk when there was one.
func (b *backend) unavailable(ctx context.Context, err error) error {
	if b.writer.IsClosed() {
		b.fail(nats.ErrConnectionClosed) // unless it failed before
	}
	if cause := context.Cause(b.life); cause != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, cause)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}

// close stops the server after it has written everything out. It also cleans
// up after a half-done start.
func (b *backend) close() {
	if b.writer != nil {
		b.writer.Close()
	}
	if b.server != nil {
		b.server.Shutdown()
		b.server.WaitForShutdown()
	}
	b.fail(ErrClosed)
	b.tasks.Wait()
}
