// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// What a queue's messages carry in their headers.
const (
	idHeader      = "Hopstamp-Id"
	droppedHeader = "Hopstamp-Dropped"
	// headerSpace is what the headers may take of a message.
	headerSpace = 512
)

// queueStream is a queue in one backend. The stream has limits retention and
// items are removed by place: an acknowledging consumer would do the same, but
// after a crash holds back what was taken for as long as its patience lasts.
type queueStream struct {
	backend *backend
	name    string
	stream  jetstream.Stream
	blocks  *blockFolder
}

func (s *queueStream) items() string  { return "queue." + s.name + ".items" }
func (s *queueStream) marker() string { return "queue." + s.name + ".marker" }

// queue opens the stream of a queue, making it when it is missing.
func (b *backend) queue(ctx context.Context, name string) (*queueStream, error) {
	b.queuesLock.Lock()
	defer b.queuesLock.Unlock()
	if opened := b.queues[name]; opened != nil {
		return opened, nil
	}
	q := &queueStream{backend: b, name: name}
	var err error
	q.stream, err = b.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name:        "QUEUE-" + name,
		Subjects:    []string{q.items(), q.marker()},
		Storage:     jetstream.FileStorage,
		Replicas:    1,
		Retention:   jetstream.LimitsPolicy,
		AllowRollup: true,
		AllowDirect: true,
	})
	if err != nil {
		return nil, b.unavailable(ctx, err)
	}
	folder := filepath.Join(b.options.Dir, "jetstream", "$G", "streams", "QUEUE-"+name)
	if q.blocks, err = newBlockFolder(b.options.Dir, folder); err != nil {
		return nil, err
	}
	b.queues[name] = q
	return q, nil
}

// recall finds the last id and the drops in the newest messages.
func (s *queueStream) recall(ctx context.Context) (last, dropped uint64, err error) {
	for _, subject := range []string{s.items(), s.marker()} {
		newest, err := s.stream.GetLastMsgForSubject(ctx, subject)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		if err != nil {
			return 0, 0, s.backend.unavailable(ctx, err)
		}
		last = max(last, number(newest.Header, idHeader))
		dropped = max(dropped, number(newest.Header, droppedHeader))
	}
	return last, dropped, nil
}

func number(header nats.Header, name string) uint64 {
	n, _ := strconv.ParseUint(header.Get(name), 10, 64)
	return n
}

func (s *queueStream) add(id uint64, data []byte) error {
	message := nats.NewMsg(s.items())
	message.Header.Set(idHeader, strconv.FormatUint(id, 10))
	message.Data = data
	_, err := s.backend.publish(message, s.blocks)
	return err
}

// mark writes the marker anew, in place of the one before.
func (s *queueStream) mark(last, dropped uint64) error {
	message := nats.NewMsg(s.marker())
	message.Header.Set(jetstream.MsgRollup, jetstream.MsgRollupSubject)
	message.Header.Set(idHeader, strconv.FormatUint(last, 10))
	message.Header.Set(droppedHeader, strconv.FormatUint(dropped, 10))
	_, err := s.backend.publish(message, s.blocks)
	return err
}

// item reads the first item at a place or behind it, or gives ErrNotFound.
func (s *queueStream) item(ctx context.Context, from Position) (Item, error) {
	stored, err := s.stream.GetMsg(ctx, uint64(max(from, 1)), jetstream.WithGetMsgSubject(s.items()))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return Item{}, ErrNotFound
	}
	if err != nil {
		return Item{}, s.backend.unavailable(ctx, err)
	}
	return Item{
		ID: number(stored.Header, idHeader), Added: stored.Time,
		Data: stored.Data, place: Position(stored.Sequence),
	}, nil
}

// remove is content when the item is gone already.
func (s *queueStream) remove(ctx context.Context, place Position) error {
	err := s.stream.DeleteMsg(ctx, uint64(place))
	if err == nil {
		return nil
	}
	if _, missing := s.stream.GetMsg(ctx, uint64(place)); errors.Is(missing, jetstream.ErrMsgNotFound) {
		return nil
	}
	return s.backend.unavailable(ctx, err)
}

func (s *queueStream) bytes(ctx context.Context) (uint64, error) {
	info, err := s.stream.Info(ctx)
	if err != nil {
		return 0, s.backend.unavailable(ctx, err)
	}
	return info.State.Bytes, nil
}

func (s *queueStream) state(ctx context.Context) (QueueState, error) {
	info, err := s.stream.Info(ctx, jetstream.WithSubjectFilter(s.items()))
	if err != nil {
		return QueueState{}, s.backend.unavailable(ctx, err)
	}
	state := QueueState{Items: info.State.Subjects[s.items()], Bytes: info.State.Bytes}
	if state.Items == 0 {
		return state, nil
	}
	oldest, err := s.item(ctx, 0)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return state, fmt.Errorf("look at the oldest item: %w", err)
	}
	state.Oldest = oldest.Added
	return state, nil
}
