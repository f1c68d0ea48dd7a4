// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// chunk makes a protobuf message with one field: 1: name, padded with field 2
// to size bytes or a little more. Joined chunks are a message that repeats them.
func chunk(name string, size int) []byte {
	encoded := field(nil, 1, name)
	if padding := size - len(encoded); padding > 0 {
		encoded = field(encoded, 2, strings.Repeat("x", padding))
	}
	return encoded
}

func field(encoded []byte, number byte, value string) []byte {
	encoded = append(encoded, number<<3|2)
	encoded = binary.AppendUvarint(encoded, uint64(len(value)))
	return append(encoded, value...)
}

// names reads back which chunks a log message holds.
func names(t testing.TB, data []byte) []string {
	t.Helper()
	var found []string
	for len(data) > 0 {
		number := data[0] >> 3
		length, width := binary.Uvarint(data[1:])
		if width <= 0 || uint64(len(data)) < 1+uint64(width)+length {
			t.Fatalf("message is not valid protobuf at its last %d bytes", len(data))
		}
		value := data[1+width : 1+width+int(length)]
		if number == 1 {
			found = append(found, string(value))
		}
		data = data[1+width+int(length):]
	}
	return found
}

// quietLog is for tests in which the server is expected to complain.
func quietLog() *slog.Logger { return slog.New(slog.DiscardHandler) }

func openLog(t testing.TB, options Options) *Log {
	t.Helper()
	if options.Dir == "" {
		options.Dir = t.TempDir()
	}
	if options.Logger == nil {
		options.Logger = slog.New(complaint{t: t})
	}
	l, err := Open(t.Context(), options)
	if err != nil {
		t.Fatalf("open log: %v", err)
	}
	t.Cleanup(func() { closeLog(t, l) })
	return l
}

func closeLog(t testing.TB, l *Log) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Errorf("close log: %v", err)
	}
}

// complaint fails a test in which the log warns although nothing is wrong.
type complaint struct {
	slog.Handler
	t testing.TB
}

func (c complaint) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

func (c complaint) Handle(_ context.Context, record slog.Record) error {
	c.t.Errorf("log warned: %s", record.Message)
	return nil
}

func mustAppend(t testing.TB, l *Log, partition int, data []byte) Position {
	t.Helper()
	position, err := l.Append(t.Context(), partition, data)
	if err != nil {
		t.Fatalf("append to partition %d: %v", partition, err)
	}
	return position
}

var errEnough = errors.New("enough")

// followed collects, as "position+skipped: names", what is there from a position to the last one.
func followed(t testing.TB, l *Log, partition int, from, last Position) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var seen []string
	err := l.Follow(ctx, partition, from, func(m Message) error {
		seen = append(seen, fmt.Sprintf("%d+%d: %s", m.Position, m.Skipped, strings.Join(names(t, m.Data), " ")))
		if m.Position >= last {
			return errEnough
		}
		return nil
	})
	if !errors.Is(err, errEnough) {
		t.Fatalf("follow to %d ended with %v, having seen %q", last, err, seen)
	}
	return seen
}

// eventually polls until the condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never happened: %s", what)
		}
	}
}
