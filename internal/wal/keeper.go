// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"context"
	"fmt"
	"sync"
	"time"
)

const (
	// reopenEvery spaces the tries to recover from a disk that failed.
	reopenEvery = 500 * time.Millisecond
	// spareSpace is what must fit beside a message before a try is made.
	spareSpace = 1 << 20
)

// keeper keeps a working backend: after the disk failed it replaces the one
// that refuses to write, once the disk takes writes again. Until then the old
// one is still good for reading.
type keeper struct {
	options  Options
	folder   *folder
	counters *counters

	mu sync.Mutex
	// All below are guarded by mu. current is nil when opening anew went wrong.
	current *backend
	// broken is why current takes no writes; nil when it does.
	broken  error
	nextTry time.Time
	// replaced is closed and renewed when current changes or the log closes.
	replaced chan struct{}
	closed   bool
}

// writable returns a backend that takes a message of size bytes, replacing a
// broken one first.
func (k *keeper) writable(size int) (*backend, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return nil, ErrClosed
	}
	if k.broken == nil && k.current.life.Err() != nil {
		k.broken = context.Cause(k.current.life)
	}
	if k.broken == nil {
		return k.current, nil
	}
	if err := k.reopenLocked(size); err != nil {
		return nil, err
	}
	return k.current, nil
}

func (k *keeper) reopenLocked(size int) error {
	if time.Now().Before(k.nextTry) {
		return k.broken
	}
	k.nextTry = time.Now().Add(reopenEvery)
	if err := k.folder.tryWrite(size + spareSpace); err != nil {
		k.broken = err
		return err
	}
	if k.current != nil {
		k.current.close()
		k.current = nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), serverPatience)
	defer cancel()
	fresh, err := openBackend(ctx, k.options)
	if err != nil {
		k.broken = fmt.Errorf("open log anew: %w", err)
		return k.broken
	}
	k.options.Logger.Warn("log opened anew after the disk had failed", "cause", k.broken)
	k.counters.reopened.Add(1)
	k.current, k.broken = fresh, nil
	k.announceLocked()
	return nil
}

// failed remembers that a backend does not store any more.
func (k *keeper) failed(b *backend, cause error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.current == b && k.broken == nil {
		k.broken = cause
	}
}

// readable returns the backend to read from, nil when there is none now, and a
// channel that closes when to ask again.
func (k *keeper) readable() (*backend, <-chan struct{}, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return nil, nil, ErrClosed
	}
	return k.current, k.replaced, nil
}

func (k *keeper) close() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return
	}
	k.closed = true
	if k.current != nil {
		k.current.close()
	}
	k.announceLocked()
}

func (k *keeper) announceLocked() {
	close(k.replaced)
	k.replaced = make(chan struct{})
}
