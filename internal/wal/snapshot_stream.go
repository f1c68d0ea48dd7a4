// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// readPatience is how long one object may take to be read. An object that lost
// its end never says so; it only stops coming.
const readPatience = 5 * time.Second

// snapshotWriter cuts what is written into parts and stores each as an object.
// Storing waits for the acknowledgement of the whole part, which bounds what
// is under way.
type snapshotWriter struct {
	ctx     context.Context
	store   *snapshotStore
	objects jetstream.ObjectStore
	fresh   *Kept
	part    []byte
	// failure is the first error, which every later Write repeats.
	failure error
}

func (w *snapshotWriter) Write(content []byte) (int, error) {
	written := 0
	for written < len(content) && w.failure == nil {
		if w.part == nil {
			w.part = make([]byte, 0, snapshotPart)
		}
		n := min(len(content)-written, snapshotPart-len(w.part))
		w.part = append(w.part, content[written:written+n]...)
		written += n
		if len(w.part) == snapshotPart {
			w.failure = w.flush()
		}
	}
	return written, w.failure
}

// flush stores the part that is gathered.
func (w *snapshotWriter) flush() error {
	w.fresh.Bytes += int64(len(w.part))
	if w.fresh.Bytes > w.store.options.MaxSnapshot {
		return fmt.Errorf("%w: snapshot has more than %d bytes", ErrTooLarge, w.store.options.MaxSnapshot)
	}
	digest, err := w.put(partName(len(w.fresh.parts)), w.part)
	if err != nil {
		return err
	}
	w.fresh.parts = append(w.fresh.parts, digest)
	w.part = w.part[:0]
	if len(w.fresh.parts)%partsCached == 0 {
		return syncContents(w.store.contents(w.fresh.slot))
	}
	return nil
}

// finish stores the last part, forces all to the disk, and then makes it a
// snapshot by its manifest.
func (w *snapshotWriter) finish() error {
	if w.failure == nil && len(w.part) > 0 {
		w.failure = w.flush()
	}
	if w.failure != nil {
		return w.failure
	}
	if err := w.store.sync(w.fresh.slot); err != nil {
		return err
	}
	content, err := json.Marshal(manifest{
		Version: snapshotVersion, At: w.fresh.At, Generation: w.fresh.generation,
		Bytes: w.fresh.Bytes, Parts: w.fresh.parts,
	})
	if err != nil {
		return fmt.Errorf("write snapshot manifest: %w", err)
	}
	_, err = w.put(manifestName, content)
	return err
}

func (w *snapshotWriter) put(name string, content []byte) (digest string, err error) {
	ctx, cancel := context.WithTimeout(w.ctx, storePatience)
	defer cancel()
	stored, err := w.objects.Put(ctx, jetstream.ObjectMeta{
		Name: name,
		Opts: &jetstream.ObjectMetaOptions{ChunkSize: snapshotChunk},
	}, bytes.NewReader(content))
	if err != nil {
		return "", w.store.backend.unavailable(w.ctx, fmt.Errorf("store snapshot %s: %w", name, err))
	}
	return stored.Digest, nil
}

// snapshotReader gives out the parts of a snapshot, each after its digest was
// checked. It owns the store it reads from.
type snapshotReader struct {
	ctx     context.Context
	store   *snapshotStore
	kept    Kept
	objects jetstream.ObjectStore
	next    int
	// part is the memory of the part being read, rest what is left of it.
	part, rest []byte
	failure    error
}

func (s *snapshotStore) read(ctx context.Context, kept Kept) *snapshotReader {
	return &snapshotReader{ctx: ctx, store: s, kept: kept}
}

func (r *snapshotReader) Read(into []byte) (int, error) {
	for len(r.rest) == 0 && r.failure == nil {
		r.failure = r.fetch()
	}
	if len(r.rest) == 0 {
		return 0, r.failure
	}
	n := copy(into, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

func (r *snapshotReader) Close() error {
	r.store.close()
	return nil
}

func (r *snapshotReader) fetch() (err error) {
	if r.next == len(r.kept.parts) {
		return io.EOF
	}
	if r.objects == nil {
		if r.objects, err = r.store.js.ObjectStore(r.ctx, slotName(r.store.partition, r.kept.slot)); err != nil {
			return fmt.Errorf("open snapshot: %w", err)
		}
	}
	name := partName(r.next)
	content, digest, err := fetchObject(r.ctx, r.objects, name, snapshotPart, r.part)
	if err == nil && digest != r.kept.parts[r.next] {
		err = errors.New("it is not the part that the manifest names")
	}
	if err != nil {
		return fmt.Errorf("read snapshot %s of %d: %w", name, len(r.kept.parts), err)
	}
	r.part, r.rest = content, content
	r.next++
	return nil
}

// readWhole lets read have a snapshot and then sees to its end, so that what
// read did not look at is checked as well.
func (s *snapshotStore) readWhole(ctx context.Context, kept Kept, read func(Position, io.Reader) error) error {
	content := s.read(ctx, kept)
	err := read(kept.At, content)
	if err == nil {
		_, err = io.Copy(io.Discard, content)
	}
	if content.failure != nil && !errors.Is(content.failure, io.EOF) {
		return content.failure
	}
	return err
}

// fetchObject reads an object of at most most bytes into memory that may be
// reused, and returns it when its digest is right.
func fetchObject(ctx context.Context, objects jetstream.ObjectStore, name string, most uint64, into []byte) ([]byte, string, error) {
	ctx, cancel := context.WithTimeout(ctx, readPatience)
	defer cancel()
	object, err := objects.Get(ctx, name)
	if err != nil {
		return nil, "", err
	}
	defer func() { _ = object.Close() }()
	about, err := object.Info()
	if err != nil {
		return nil, "", err
	}
	if about.Size > most {
		return nil, "", fmt.Errorf("it has %d bytes, more than %d", about.Size, most)
	}
	content := slices.Grow(into[:0], int(about.Size))[:about.Size]
	if _, err := io.ReadFull(object, content); err != nil {
		return nil, "", err
	}
	// The digest is compared when the end is seen.
	if n, err := object.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		return nil, "", fmt.Errorf("it does not end where it should: %w", err)
	}
	return content, about.Digest, nil
}
