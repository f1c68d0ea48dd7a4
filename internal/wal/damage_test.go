// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os/signal"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestFullDisk lets no file grow beyond a limit, which to a log looks like a
// disk without space, and lifts the limit again.
func TestFullDisk(t *testing.T) {
	signal.Ignore(syscall.SIGXFSZ)
	l := openLog(t, Options{Logger: quietLog()})
	lift := limitFileSize(t, 2<<20)
	want, failure := appendUntilFailure(t, l)
	if !errors.Is(failure, ErrUnavailable) || !errors.Is(failure, syscall.EFBIG) {
		t.Errorf("append to a full disk gives %v, want ErrUnavailable and the disk's own reason", failure)
	}
	if _, err := l.Append(t.Context(), 0, chunk("still", 3<<20)); !errors.Is(err, ErrUnavailable) {
		t.Errorf("append while the disk is still full gives %v", err)
	}
	last := Position(len(want))
	if got := followed(t, l, 0, 1, last); !reflect.DeepEqual(got, want) {
		t.Errorf("while the disk is full the log holds %q, want %q", got, want)
	}
	live := make(chan string, 100)
	go func() {
		_ = l.Follow(t.Context(), 0, last+1, func(m Message) error { live <- strings.Join(names(t, m.Data), " "); return nil })
	}()

	lift()
	var position Position
	eventually(t, "the log recovers", func() bool {
		var err error
		position, err = l.Append(t.Context(), 0, chunk("after", 300<<10))
		return err == nil
	})
	got := followed(t, l, 0, 1, position)
	if len(got) <= len(want) || !reflect.DeepEqual(got[:len(want)], want) {
		t.Fatalf("after recovery the log holds %q, want first %q", got, want)
	}
	// Between the two may be what was refused: it may or may not be stored.
	if end := got[len(got)-1]; end != fmt.Sprintf("%d+0: after", position) {
		t.Errorf("after recovery the log ends with %q", end)
	}
	for seen := ""; seen != "after"; { // the follower lives through the recovery
		select {
		case seen = <-live:
		case <-time.After(20 * time.Second):
			t.Fatal("the follower does not go on after the recovery")
		}
	}
}

func TestLogRecoversFromALostConnection(t *testing.T) {
	t.Parallel()
	l := openLog(t, Options{Logger: quietLog()})
	mustAppend(t, l, 0, chunk("a", 10))
	l.keeper.current.writer.Close()
	if _, err := l.Append(t.Context(), 0, chunk("lost", 10)); !errors.Is(err, ErrUnavailable) {
		t.Errorf("append without a connection gives %v", err)
	}
	if got := mustAppend(t, l, 0, chunk("b", 10)); got != 2 {
		t.Errorf("after recovery the next position is %d", got)
	}
	if got := l.Stats(); got.Reopened != 1 || got.FailedCommits != 1 {
		t.Errorf("recovery counts as %+v", got)
	}
}

func limitFileSize(t *testing.T, size uint64) (lift func()) {
	t.Helper()
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	set := func(size uint64) {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: size, Max: before.Max}); err != nil {
			t.Fatal(err)
		}
	}
	set(size)
	t.Cleanup(func() { set(before.Cur) })
	return func() { set(before.Cur) }
}

// appendUntilFailure returns what followers should see, and the failure.
func appendUntilFailure(t *testing.T, l *Log) ([]string, error) {
	t.Helper()
	var stored []string
	for {
		name := fmt.Sprint("m", len(stored))
		position, err := l.Append(t.Context(), 0, chunk(name, 300<<10))
		if err != nil {
			return stored, err
		}
		stored = append(stored, fmt.Sprintf("%d+0: %s", position, name))
	}
}

func TestDamagedEndIsCutOffAndSaid(t *testing.T) {
	t.Parallel()
	truncate := func(block []byte) []byte { return block[:len(block)-50] }
	garble := func(block []byte) []byte { block[len(block)-50] ^= 0xff; return block }
	extend := func(block []byte) []byte { return append(block, bytes.Repeat([]byte{0xa5}, 100)...) }
	cutOff := func(bytes int) string {
		return fmt.Sprint(bytes, " bytes at the end of the log were not whole and are cut off")
	}
	const unread = `cannot be read, the disk damaged them" partition=0 missing=1 first=3 last=3`
	whole := []string{"1+0: a", "2+0: b", "3+0: c"}
	// Where the server's index vouches for the block, an empty message stands behind what is lost.
	passedOver := []string{"1+0: a", "2+0: b", "4+1: "}
	for _, damage := range []struct {
		what  string
		spoil func(block []byte) []byte
		// crashed: the process did not live to write the server's index.
		crashed bool
		want    []string
		said    []string
	}{
		{"truncated", truncate, false, passedOver, []string{cutOff(190), unread}},
		{"truncated", truncate, true, whole[:2], []string{cutOff(190)}},
		{"garbled", garble, false, passedOver, []string{unread}},
		{"garbled", garble, true, whole[:2], []string{cutOff(240)}},
		{"extended", extend, false, whole, []string{cutOff(100)}},
		{"extended", extend, true, whole, []string{cutOff(100)}},
	} {
		t.Run(fmt.Sprintf("%s, crashed %v", damage.what, damage.crashed), func(t *testing.T) {
			t.Parallel()
			dir := damagedLog(t, damage.spoil, damage.crashed)
			said := &lockedBuffer{}
			l := openLog(t, Options{Dir: dir, Logger: slog.New(slog.NewTextHandler(said, nil))})
			state, err := l.State(0)
			if err != nil {
				t.Fatal(err)
			}
			// Nothing has to come before a follower is where the log ends.
			if got := followed(t, l, 0, 1, state.Last); !reflect.DeepEqual(got, damage.want) {
				t.Errorf("log holds %q, want %q", got, damage.want)
			}
			if got := mustAppend(t, l, 0, chunk("d", 10)); got != state.Last+1 {
				t.Errorf("next position is %d, and the end was %d", got, state.Last)
			}
			for _, want := range damage.said {
				if !strings.Contains(said.String(), want) {
					t.Errorf("log says %s, want %q", said, want)
				}
			}
		})
	}
}

// Guarantee: damage in the middle costs what the disk took and not more than
// the rest of its block, is said, and is counted where a follower passes it.
func TestDamageInTheMiddleIsSaidAndSkipped(t *testing.T) {
	t.Parallel()
	flip := func(block []byte) []byte { block[len(block)/2] ^= 0xff; return block }
	cut := func(block []byte) []byte { return block[:len(block)/2] }
	for _, damage := range []struct {
		what    string
		spoil   func([]byte) []byte
		crashed bool // the process did not live to write the server's index
	}{{"flipped", flip, false}, {"flipped", flip, true}, {"truncated", cut, false}, {"truncated", cut, true}} {
		t.Run(fmt.Sprintf("%s, crashed %v", damage.what, damage.crashed), func(t *testing.T) {
			t.Parallel()
			options := Options{Dir: t.TempDir()}
			l := openLog(t, options)
			for i := range 40 { // 16 to a block
				mustAppend(t, l, 0, chunk(fmt.Sprint(i), 500<<10))
			}
			closeLog(t, l)
			blocks := filepath.Join(streamFolder(options.Dir, 0), "msgs")
			spoilFile(t, filepath.Join(blocks, "2.blk"), damage.spoil)
			if damage.crashed {
				remove(t, filepath.Join(blocks, "index.db"))
			}
			said := &lockedBuffer{}
			options.Logger = slog.New(slog.NewTextHandler(said, nil))
			l = openLog(t, options)
			seen := followed(t, l, 0, 1, 40)
			followed(t, l, 0, 28, 40) // another one says nothing that was said
			if len(seen) != 32 || seen[23] != "24+0: 23" || seen[24] != "33+8: 32" || seen[31] != "40+0: 39" {
				t.Errorf("follower sees %q", seen)
			}
			if state, err := l.State(0); err != nil || state.Missing != 8 || state.Messages != 32 {
				t.Errorf("state is %+v, %v", state, err)
			}
			if want := "cannot be read, the disk damaged them\" partition=0 missing=8 first=25 last=32\n"; strings.Count(said.String(), want) != 1 {
				t.Errorf("log says %q, want %q once", said.String(), want)
			}
		})
	}
}

// Guarantee: a snapshot that finds no space costs neither the snapshots before
// it nor, once there is space, the log.
func TestFullDiskLeavesTheSnapshotsThatWereThere(t *testing.T) {
	signal.Ignore(syscall.SIGXFSZ)
	l := openLog(t, Options{Logger: quietLog()})
	s := l.Snapshots(0)
	appendMany(t, l, 0, 5)
	kept := map[Position][]byte{1: []byte("one"), 2: []byte("two")}
	mustSave(t, s, 1, kept[1])
	mustSave(t, s, 2, kept[2])

	lift := limitFileSize(t, 2<<20)
	err := s.Save(t.Context(), 3, writing(content(3, 2*snapshotPart)))
	if !errors.Is(err, ErrUnavailable) || !errors.Is(err, syscall.EFBIG) {
		t.Errorf("save on a full disk gives %v, want ErrUnavailable and the disk's own reason", err)
	}
	same(t, held(t, s), kept)
	lift()
	eventually(t, "snapshots are saved again", func() bool {
		return s.Save(t.Context(), 4, writing(content(4, 2*snapshotPart))) == nil
	})
	same(t, held(t, s), map[Position][]byte{2: kept[2], 4: content(4, 2*snapshotPart)})
	if got := mustAppend(t, l, 0, chunk("after", 10)); got != 6 {
		t.Errorf("after recovery the next position is %d", got)
	}
}

func TestAdvanceKeepsPositionsThatWereLostFromComingAgain(t *testing.T) {
	t.Parallel()
	l := openLog(t, Options{})
	mustAppend(t, l, 0, chunk("a", 10))
	for range 2 { // the second time there is nothing to do
		if err := l.Advance(t.Context(), 0, 4); err != nil {
			t.Fatal(err)
		}
	}
	if got := mustAppend(t, l, 0, chunk("b", 10)); got != 5 {
		t.Errorf("after advancing to 4, next is %d", got)
	}
	want := []string{"1+0: a", "2+0: ", "3+0: ", "4+0: ", "5+0: b"}
	if got := followed(t, l, 0, 1, 5); !reflect.DeepEqual(got, want) {
		t.Errorf("log holds %q, want %q", got, want)
	}
}

// damagedLog makes a log of a, b and c and does something to its end.
func damagedLog(t *testing.T, spoil func([]byte) []byte, crashed bool) string {
	t.Helper()
	dir := t.TempDir()
	l := openLog(t, Options{Dir: dir})
	for _, name := range []string{"a", "b", "c"} {
		mustAppend(t, l, 0, chunk(name, 200))
	}
	closeLog(t, l)
	spoilFile(t, filepath.Join(streamFolder(dir, 0), "msgs", "1.blk"), spoil)
	if crashed {
		remove(t, filepath.Join(streamFolder(dir, 0), "msgs", "index.db"))
	}
	return dir
}
