// SPDX-License-Identifier: Apache-2.0

// Package wal is the durable log that every received request goes through
// before it is acknowledged: one JetStream stream per partition, kept by a
// nats-server that runs inside this process and listens on no port.
//
// A partition is a sequence of log messages. A [Log] does not look into them,
// it asks one thing only: a chunk handed to [Log.Append] is valid protobuf
// that stays valid when another chunk is written right behind it. Chunks that
// wait at the same time are joined that way into one log message, and share
// its [Position], one publish and one sync (see committer.go and DESIGN.md).
//
// Beside the log of each partition are its [Snapshots]: what the fold remembers
// as of a position, so that a restart need not fold from the beginning.
//
// All methods are safe for concurrent use. Byte slices given to Append belong
// to the caller again when it returns; slices given out belong to the log (see
// [Message]). Sizes are bytes, positions count from 1, times are the log's own
// (when the message was stored). What a caller may want to branch on are the
// Err values below; everything else is a broken disk or folder and says so.
package wal

import (
	"errors"
	"time"
)

// Position is the place of a log message in its partition. The first message
// ever stored has position 1, each next one is one higher, and a position whose
// message expired is not given out again. 0 is no place.
type Position uint64

// Message is one log message: the chunks of one commit, joined.
type Message struct {
	Partition int
	Position  Position
	// Skipped counts the positions right before this one that a follower
	// asked for and that the log no longer holds (expired, or unreadable).
	// A follower that keeps up with retention always sees 0.
	Skipped uint64
	// Stored is the log's time of the message, give or take what a commit takes:
	// one that is followed as it comes, and again later, need not have the same,
	// so nothing may be decided by it. It goes backwards where the clock was set
	// back; who wants time to go on takes the highest seen.
	Stored time.Time
	// Data is valid only until deliver returns; copy what must stay.
	Data []byte
}

// State says what one partition holds.
type State struct {
	// First and Last are the oldest and newest position held. An empty
	// partition has First = Last + 1.
	First, Last Position
	// Bytes is what the messages take on disk, their framing included.
	Bytes uint64
	// Messages is how many messages are held.
	Messages uint64
	// Missing is how many messages between First and Last cannot be read, because
	// the disk damaged them, as far as a start or a follower found out. Messages
	// may still count some of them.
	Missing uint64
	// FirstTime is when First was stored; zero for an empty partition.
	FirstTime time.Time
}

var (
	// ErrBusy says that more than MaxPending bytes already wait for their
	// commit. Nothing of the chunk is stored; try again later.
	ErrBusy = errors.New("log is busy: too many bytes wait to be stored")
	// ErrTooLarge says that a chunk is larger than MaxMessage. Nothing of it
	// is stored and trying again cannot help.
	ErrTooLarge = errors.New("chunk is larger than a log message may be")
	// ErrUnavailable says that the disk or the store below does not take
	// writes now (no space, input/output error). The chunk may or may not be
	// stored. The log tries to recover by itself when it is appended to.
	ErrUnavailable = errors.New("log cannot store now")
	// ErrClosed says that the log is closed.
	ErrClosed = errors.New("log is closed")
	// ErrNotFound says that a position is not held: expired or not yet written.
	ErrNotFound = errors.New("position is not in the log")
	// ErrNoSnapshot says that there is no snapshot to recover from.
	ErrNoSnapshot = errors.New("no snapshot")
	// ErrAhead says that a follower asked for a position beyond the next one
	// to be written: the asker remembers more than the log does, after power
	// was lost in Interval mode or the disk damaged its end. Going on would
	// skip messages; Log.Advance helps.
	ErrAhead = errors.New("position is ahead of the log")
)
