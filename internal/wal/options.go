// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"fmt"
	"log/slog"
	"time"
)

// SyncMode says when what was written is forced to the disk.
type SyncMode int

const (
	// SyncAlways syncs before Append returns: what is acknowledged survives
	// power loss.
	SyncAlways SyncMode = iota
	// SyncInterval syncs once a second in the background: what is
	// acknowledged survives a crash of the process, but power loss may take
	// the last second.
	SyncInterval
)

// Options is the manual of a log. The zero value of a field is its default.
type Options struct {
	// Dir is the folder of the log. It is made when missing and belongs to
	// one process at a time.
	Dir string
	// Partitions is how many independent sequences the log has, at least 1
	// (the default). It is fixed when the log is first opened.
	Partitions int
	// Sync is SyncAlways unless told otherwise.
	Sync SyncMode
	// MaxAge is how long messages are kept, or a little longer. Default 24h, at
	// least 1s.
	MaxAge time.Duration
	// KeepUncovered keeps messages beyond MaxAge until two snapshots cover
	// them: neither a clock that jumps nor a long time off takes what a
	// recovery needs. MaxBytes still holds.
	KeepUncovered bool
	// MaxBytes is how much the whole log may hold; each partition gets an
	// equal share and drops its oldest messages first. On disk it may be
	// exceeded by one block (at most 8 MiB) and one message per partition. A
	// share holds at least 4 messages of MaxMessage. Default 4 GiB.
	MaxBytes int64
	// MaxPending is how many bytes of chunks may wait for their commit, over
	// all partitions, before Append answers ErrBusy. Default 64 MiB.
	MaxPending int64
	// MaxMessage is the most a log message may hold, so the largest chunk,
	// and the most that is joined. At most 16 MiB, default 8 MiB.
	MaxMessage int
	// MaxSnapshot is the most one snapshot may hold. On disk there are at most
	// two per partition, and a third while it is saved. Default 2 GiB.
	MaxSnapshot int64
	// Logger gets warnings and errors, the embedded server's included.
	// Default slog.Default().
	Logger *slog.Logger
	// now is the clock that ages are measured with; tests bring their own.
	now func() time.Time
}

const (
	largestMessage   = 16 << 20
	messagesPerShare = 4
	backgroundSync   = time.Second
)

func (o Options) withDefaults() Options {
	if o.Partitions == 0 {
		o.Partitions = 1
	}
	if o.MaxAge == 0 {
		o.MaxAge = 24 * time.Hour
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 4 << 30
	}
	if o.MaxPending == 0 {
		o.MaxPending = 64 << 20
	}
	if o.MaxMessage == 0 {
		o.MaxMessage = 8 << 20
	}
	if o.MaxSnapshot == 0 {
		o.MaxSnapshot = 2 << 30
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.now == nil {
		o.now = time.Now
	}
	return o
}

func (o Options) validate() error {
	switch {
	case o.Dir == "":
		return fmt.Errorf("log needs a folder")
	case o.Partitions < 1:
		return fmt.Errorf("log needs at least 1 partition, not %d", o.Partitions)
	case o.Sync != SyncAlways && o.Sync != SyncInterval:
		return fmt.Errorf("sync mode %d is unknown", o.Sync)
	case o.MaxAge < time.Second:
		return fmt.Errorf("log keeps messages at least 1s, not %v", o.MaxAge)
	case o.MaxMessage < 1 || o.MaxMessage > largestMessage:
		return fmt.Errorf("log message holds 1 to %d bytes, not %d", largestMessage, o.MaxMessage)
	case o.MaxSnapshot < 1:
		return fmt.Errorf("snapshot holds at least 1 byte, not %d", o.MaxSnapshot)
	case o.MaxPending < int64(o.MaxMessage):
		return fmt.Errorf("bytes that may wait (%d) must be at least one log message (%d)", o.MaxPending, o.MaxMessage)
	case o.share() < messagesPerShare*int64(o.MaxMessage):
		return fmt.Errorf("log of %d bytes is too small for %d partitions: each must hold %d messages of %d bytes",
			o.MaxBytes, o.Partitions, messagesPerShare, o.MaxMessage)
	}
	return nil
}

// maxPayload is the most the server lets pass: a log message, or a piece of a
// snapshot.
func (o Options) maxPayload() int32 { return int32(max(o.MaxMessage, snapshotChunk)) }

// maxItem is the most a queue's item may hold, beside its headers.
func (o Options) maxItem() int { return min(o.MaxMessage, int(o.maxPayload())-headerSpace) }

// share is what one partition may hold.
func (o Options) share() int64 { return o.MaxBytes / int64(o.Partitions) }
