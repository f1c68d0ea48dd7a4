// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/hopstamp/hopstamp/internal/crashpoint"
)

const (
	// snapshotPart is how much of a snapshot is in memory at a time: one
	// object of the store, whose digest is checked before it is given out.
	snapshotPart = 4 << 20
	// snapshotChunk is one message of a part, so one sync with SyncAlways.
	snapshotChunk = 1 << 20
	// partsCached are in the page cache at a time. A snapshot is read at a start and
	// by nobody before, so all of it there would only push out what somebody reads,
	// and at a high rate take gigabytes a minute that the kernel has to find and clear.
	partsCached      = 8
	manifestName     = "manifest"
	snapshotVersion  = 1
	largestManifest  = 16 << 20
	streamOfBucket   = "OBJ_"
	manifestDescribe = "state of the fold after a position of the log"
)

// snapshotStore is the slots of one partition, on a connection of its own: a
// snapshot must not delay acknowledgements.
type snapshotStore struct {
	options    Options
	partition  int
	backend    *backend
	connection *nats.Conn
	js         jetstream.JetStream
}

// manifest is the last object of a slot and makes it a snapshot.
type manifest struct {
	Version    int      `json:"version"`
	At         Position `json:"at"`
	Generation uint64   `json:"generation"`
	Bytes      int64    `json:"bytes"`
	// Parts are the digests of the parts, in order, in the store's own form.
	Parts []string `json:"parts"`
}

func slotName(partition, slot int) string { return fmt.Sprintf("snapshots-%d-%d", partition, slot) }
func partName(part int) string            { return fmt.Sprintf("part-%06d", part) }

func slotFolder(dir string, partition, slot int) string {
	return filepath.Join(dir, "jetstream", "$G", "streams", streamOfBucket+slotName(partition, slot))
}

// contents is the folder of the files that hold what is in a slot.
func (s *snapshotStore) contents(slot int) string {
	return filepath.Join(slotFolder(s.options.Dir, s.partition, slot), "msgs")
}

func (s *Snapshots) openStore(from *backend, err error) (*snapshotStore, error) {
	if err != nil {
		return nil, err
	}
	connection, err := from.connect()
	if err != nil {
		return nil, fmt.Errorf("connect to log server: %w", err)
	}
	js, err := jetstream.New(connection)
	if err != nil {
		connection.Close()
		return nil, fmt.Errorf("connect to log server: %w", err)
	}
	return &snapshotStore{options: s.log.options, partition: s.partition, backend: from, connection: connection, js: js}, nil
}

func (s *snapshotStore) close() { s.connection.Close() }

// list returns the snapshots that have a manifest, newest first. A slot that
// cannot be read is as good as empty, but not without a word; when it is the
// reading that was interrupted, that is an error.
func (s *snapshotStore) list(ctx context.Context) ([]Kept, error) {
	var all []Kept
	for slot := range snapshotSlots {
		kept, err := s.describe(ctx, slot)
		if err != nil {
			if interrupted := s.interrupted(ctx); interrupted != nil {
				return nil, interrupted
			}
		}
		switch {
		case err == nil:
			all = append(all, kept)
		case errors.Is(err, jetstream.ErrBucketNotFound) || errors.Is(err, jetstream.ErrObjectNotFound):
		default:
			s.options.Logger.Warn("snapshot cannot be read and counts as missing",
				slog.Int("partition", s.partition), slog.Int("slot", slot), slog.Any("error", err))
		}
	}
	slices.SortFunc(all, func(a, b Kept) int { return cmp.Compare(b.generation, a.generation) })
	return all, nil
}

// interrupted tells an error of ctx, or of a log that closed or is opened anew,
// from one of what is stored.
func (s *snapshotStore) interrupted(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if !s.connection.IsClosed() {
		return nil
	}
	if errors.Is(context.Cause(s.backend.life), ErrClosed) {
		return ErrClosed
	}
	return ErrUnavailable
}

func (s *snapshotStore) describe(ctx context.Context, slot int) (Kept, error) {
	objects, err := s.js.ObjectStore(ctx, slotName(s.partition, slot))
	if err != nil {
		return Kept{}, err
	}
	content, _, err := fetchObject(ctx, objects, manifestName, largestManifest, nil)
	if err != nil {
		return Kept{}, err
	}
	var m manifest
	if err := json.Unmarshal(content, &m); err != nil {
		return Kept{}, fmt.Errorf("read snapshot manifest: %w", err)
	}
	if m.Version != snapshotVersion {
		return Kept{}, fmt.Errorf("snapshot has format %d, this program knows %d", m.Version, snapshotVersion)
	}
	return Kept{At: m.At, Bytes: m.Bytes, slot: slot, generation: m.Generation, parts: m.Parts}, nil
}

// save fills a slot. When it returns nil all of it is on the disk.
func (s *snapshotStore) save(ctx context.Context, fresh *Kept, write func(io.Writer) error) error {
	ctx, cancel := s.backend.within(ctx)
	defer cancel()
	objects, err := s.emptySlot(ctx, fresh.slot)
	if err != nil {
		return s.backend.unavailable(ctx, err)
	}
	w := &snapshotWriter{ctx: ctx, store: s, objects: objects, fresh: fresh}
	if err := write(w); err != nil && w.failure == nil {
		return err
	}
	crashpoint.At("snapshot.written")
	if err := w.finish(); err != nil {
		return err
	}
	return s.sync(fresh.slot)
}

// emptySlot clears a slot, whose object store is made when it is missing.
func (s *snapshotStore) emptySlot(ctx context.Context, slot int) (jetstream.ObjectStore, error) {
	objects, err := s.js.ObjectStore(ctx, slotName(s.partition, slot))
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		objects, err = s.makeSlot(ctx, slot)
	}
	if err != nil {
		return nil, fmt.Errorf("open snapshot slot %d: %w", slot, err)
	}
	return objects, s.clear(ctx, slot)
}

func (s *snapshotStore) makeSlot(ctx context.Context, slot int) (jetstream.ObjectStore, error) {
	objects, err := s.js.CreateObjectStore(ctx, jetstream.ObjectStoreConfig{
		Bucket:      slotName(s.partition, slot),
		Description: manifestDescribe,
		Storage:     jetstream.FileStorage,
		Replicas:    1,
	})
	if err != nil {
		return nil, err
	}
	stream, err := s.js.Stream(ctx, streamOfBucket+slotName(s.partition, slot))
	if err != nil {
		return nil, err
	}
	config := stream.CachedInfo().Config
	config.Duplicates = noDuplicates
	_, err = s.js.UpdateStream(ctx, config)
	return objects, err
}

// clear removes all of a slot, its manifest included.
func (s *snapshotStore) clear(ctx context.Context, slot int) error {
	stream, err := s.js.Stream(ctx, streamOfBucket+slotName(s.partition, slot))
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil
	}
	if err == nil {
		err = stream.Purge(ctx)
	}
	if err != nil {
		return fmt.Errorf("clear snapshot slot %d: %w", slot, err)
	}
	return nil
}

// clearAfter gives back the space of a snapshot that did not come to be, so
// that it does not keep the log from going on. A stream whose write failed
// cannot be purged, only deleted. What cannot be cleared now is cleared before
// the slot is used again.
func (s *snapshotStore) clearAfter(slot int) {
	ctx, cancel := context.WithTimeout(context.Background(), serverPatience)
	defer cancel()
	err := s.clear(ctx, slot)
	if err != nil {
		err = s.js.DeleteObjectStore(ctx, slotName(s.partition, slot))
	}
	if err != nil {
		s.options.Logger.Warn("remains of a snapshot stay for now", "partition", s.partition, "error", err)
	}
}

// sync forces the slot's files and their folder entries to the disk. The server
// has written all it acknowledged, but only SyncAlways syncs content, and no
// mode syncs the entries.
func (s *snapshotStore) sync(slot int) error {
	if err := syncFiles(s.contents(slot)); err != nil {
		return err
	}
	folder := slotFolder(s.options.Dir, s.partition, slot)
	if err := syncFiles(folder); err != nil {
		return err
	}
	_, err := newBlockFolder(s.options.Dir, folder)
	return err
}
