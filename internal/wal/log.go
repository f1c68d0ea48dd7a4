// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/nats-io/nats.go/jetstream"
)

// Log is an open log. Close it to give its folder free.
type Log struct {
	options    Options
	format     format
	folder     *folder
	keeper     *keeper
	committers []*committer
	snapshots  []*Snapshots
	counters   *counters
	retention  *retention
	// closing guards closed, and lets every Close return the same error.
	closing sync.Once
	closed  error
}

// Open opens the log in options.Dir, creating it when missing, and recovers
// what an earlier process stored. It refuses a folder that is not writable
// or has no space left, is in use by another process, has a newer format or another number of
// partitions, or holds a partition that cannot be recovered.
func Open(ctx context.Context, options Options) (*Log, error) {
	options = options.withDefaults()
	if err := options.validate(); err != nil {
		return nil, err
	}
	folder, err := openFolder(options.Dir)
	if err != nil {
		return nil, err
	}
	l := &Log{options: options, folder: folder, counters: &counters{}}
	if err := l.open(ctx); err != nil {
		return nil, errors.Join(err, folder.close())
	}
	return l, nil
}

func (l *Log) open(ctx context.Context) error {
	var err error
	if err = l.folder.tryWrite(spareSpace); err != nil {
		return fmt.Errorf("the log needs %d bytes of free space to start in %s: %w", spareSpace, l.folder.path, err)
	}
	if l.format, err = l.folder.agree(l.options); err != nil {
		return err
	}
	first, err := openBackend(ctx, l.options)
	if err != nil {
		return err
	}
	l.keeper = &keeper{
		options: l.options, folder: l.folder, counters: l.counters,
		current: first, replaced: make(chan struct{}),
	}
	for partition := range l.options.Partitions {
		l.committers = append(l.committers, newCommitter(l.options, l.counters, func(data []byte) (Position, error) {
			return l.store(partition, data)
		}))
		l.snapshots = append(l.snapshots, &Snapshots{log: l, partition: partition, distrusted: map[uint64]bool{}})
	}
	l.retention = startRetention(l)
	return nil
}

// Append stores a chunk and returns when it is durable, with the position of
// the log message it is part of; chunks that waited together share one. The
// chunk may be reused when Append returns.
//
// ErrBusy, ErrTooLarge and ErrClosed promise that nothing is stored. After
// ErrUnavailable, or when ctx ends while waiting, the chunk may or may not be
// stored: whoever appends it again must be ready to see it twice.
func (l *Log) Append(ctx context.Context, partition int, chunk []byte) (Position, error) {
	if err := l.check(partition); err != nil {
		return 0, err
	}
	return l.committers[partition].append(ctx, chunk)
}

// store is the commit of one partition's committer.
func (l *Log) store(partition int, data []byte) (Position, error) {
	backend, err := l.writer(len(data))
	if err != nil {
		return 0, err
	}
	position, err := backend.store(partition, data)
	if err != nil {
		l.keeper.failed(backend, err)
		return 0, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return position, nil
}

// Read returns the message at a position, or ErrNotFound. Its Data is the
// caller's to keep. To read many, Follow is faster by far.
func (l *Log) Read(ctx context.Context, partition int, at Position) (Message, error) {
	backend, err := l.reader(partition)
	if err != nil {
		return Message{}, err
	}
	if at == 0 {
		return Message{}, ErrNotFound
	}
	stored, err := backend.streams[partition].GetMsg(ctx, uint64(at))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return Message{}, ErrNotFound
	}
	if err != nil {
		return Message{}, fmt.Errorf("read position %d of partition %d: %w", at, partition, err)
	}
	return Message{Partition: partition, Position: at, Stored: stored.Time, Data: stored.Data}, nil
}

// State says what a partition holds now.
func (l *Log) State(partition int) (State, error) {
	backend, err := l.reader(partition)
	if err != nil {
		return State{}, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), serverPatience)
	defer cancel()
	return backend.state(ctx, partition)
}

func (b *backend) state(ctx context.Context, partition int) (State, error) {
	info, err := b.streams[partition].Info(ctx)
	if err != nil {
		return State{}, fmt.Errorf("read state of partition %d: %w", partition, err)
	}
	state := State{
		First:    Position(info.State.FirstSeq),
		Last:     Position(info.State.LastSeq),
		Bytes:    info.State.Bytes,
		Messages: info.State.Msgs,
	}
	if state.Messages == 0 {
		state.First = state.Last + 1
	} else {
		state.FirstTime = info.State.FirstTime
		// The server counts as held what it has not tried to read.
		state.Missing = max(uint64(state.Last-state.First)+1-state.Messages, b.holes[partition].since(state.First))
	}
	return state, nil
}

// Advance makes the next position of a partition higher than to, by filling
// what is missing with empty messages. It is for whoever remembers positions
// that the log lost (see ErrAhead): called before the first Append, it keeps
// those positions from being given to other messages.
func (l *Log) Advance(ctx context.Context, partition int, to Position) error {
	state, err := l.State(partition)
	if err != nil {
		return err
	}
	for last := state.Last; last < to; {
		if last, err = l.Append(ctx, partition, nil); err != nil {
			return fmt.Errorf("advance partition %d to %d: %w", partition, to, err)
		}
	}
	return nil
}

// Stats says what the log did since it was opened.
func (l *Log) Stats() Stats { return l.counters.stats() }

// Close refuses new chunks, waits for the commits of those that wait, ends
// followers with ErrClosed, writes everything out and gives the folder free.
// Closing again does nothing.
func (l *Log) Close() error {
	l.closing.Do(func() {
		for _, committer := range l.committers {
			committer.close()
		}
		l.retention.close()
		l.keeper.close()
		l.closed = l.folder.close()
	})
	return l.closed
}

func (l *Log) check(partition int) error {
	if partition < 0 || partition >= l.options.Partitions {
		return fmt.Errorf("partition %d is not one of 0 to %d", partition, l.options.Partitions-1)
	}
	return nil
}

// writer returns a backend that takes size bytes.
func (l *Log) writer(size int) (*backend, error) {
	backend, err := l.keeper.writable(size)
	if err != nil && !errors.Is(err, ErrClosed) {
		err = fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return backend, err
}

// reader returns a backend that holds a partition.
func (l *Log) reader(partition int) (*backend, error) {
	if err := l.check(partition); err != nil {
		return nil, err
	}
	backend, _, err := l.keeper.readable()
	if err != nil {
		return nil, err
	}
	if backend == nil {
		return nil, ErrUnavailable
	}
	return backend, nil
}
