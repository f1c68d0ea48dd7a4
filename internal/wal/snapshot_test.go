// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
)

// content is a snapshot of so many bytes that no two seeds share.
func content(seed uint64, size int) []byte {
	made := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)}).Read(made)
	return made
}

func writing(data []byte) func(io.Writer) error {
	return func(w io.Writer) error { _, err := w.Write(data); return err }
}

func mustSave(t testing.TB, s *Snapshots, at Position, data []byte) {
	t.Helper()
	if err := s.Save(t.Context(), at, writing(data)); err != nil {
		t.Fatal(err)
	}
}

// held lists what Open gives, newest first.
func held(t testing.TB, s *Snapshots) map[Position][]byte {
	t.Helper()
	found := map[Position][]byte{}
	for before := Position(0); ; {
		at, reader, err := s.Open(t.Context(), before)
		if errors.Is(err, ErrNoSnapshot) {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		if found[at], err = io.ReadAll(reader); err != nil {
			t.Errorf("snapshot at %d: %v", at, err)
		}
		if err := reader.Close(); err != nil {
			t.Error(err)
		}
		before = at
	}
}

func same(t testing.TB, got, want map[Position][]byte) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("kept are %s, want %s", sizes(got), sizes(want))
	}
}

func sizes(kept map[Position][]byte) string {
	described := map[Position]string{}
	for at, data := range kept {
		described[at] = fmt.Sprintf("%d bytes %.4x", len(data), data)
	}
	return fmt.Sprint(described)
}

func appendMany(t testing.TB, l *Log, partition, count int) (last Position) {
	t.Helper()
	for i := range count {
		last = mustAppend(t, l, partition, chunk(fmt.Sprint("m", i), 100))
	}
	return last
}

func TestTwoNewestSnapshotsAreKept(t *testing.T) {
	t.Parallel()
	for _, mode := range []SyncMode{SyncAlways, SyncInterval} {
		options := Options{Dir: t.TempDir(), Sync: mode, Partitions: 2}
		l := openLog(t, options)
		s := l.Snapshots(1)
		if _, err := s.Latest(t.Context()); !errors.Is(err, ErrNoSnapshot) {
			t.Errorf("latest of none gives %v", err)
		}
		same(t, held(t, s), map[Position][]byte{})
		appendMany(t, l, 1, 60)
		made := map[Position][]byte{}
		for i, size := range []int{0, 1, snapshotPart, snapshotPart + 1, 3*snapshotPart - 1, 7} {
			at := Position(10*i + 1)
			made[at] = content(uint64(i), size)
			mustSave(t, s, at, made[at])
			if i >= snapshotsKept {
				delete(made, at-20)
			}
			same(t, held(t, s), made)
			if latest, err := s.Latest(t.Context()); err != nil || latest.At != at || latest.Bytes != int64(size) {
				t.Errorf("latest is %+v, %v; want the one at %d", latest, err, at)
			}
		}
		same(t, held(t, l.Snapshots(0)), map[Position][]byte{}) // partitions share nothing
		closeLog(t, l)
		same(t, held(t, openLog(t, options).Snapshots(1)), made)
	}
}

func TestFollowGoesOnRightBehindASnapshot(t *testing.T) {
	t.Parallel()
	options := Options{Dir: t.TempDir()}
	first := openLog(t, options)
	appendMany(t, first, 0, 5)
	mustSave(t, first.Snapshots(0), 3, []byte("m0 m1 m2"))
	closeLog(t, first)

	second := openLog(t, options)
	at, err := second.Snapshots(0).Load(t.Context(), func(Position, io.Reader) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"4+0: m3", "5+0: m4"}
	if got := followed(t, second, 0, at+1, 5); !reflect.DeepEqual(got, want) {
		t.Errorf("behind the snapshot come %q, want %q", got, want)
	}
	// At the very end there is nothing to replay, only what comes later.
	mustSave(t, second.Snapshots(0), 5, nil)
	mustAppend(t, second, 0, chunk("m5", 10))
	if got := followed(t, second, 0, 6, 6); got[0] != "6+0: m5" {
		t.Errorf("behind the snapshot of everything comes %q", got)
	}
}

func TestSaveThatFailsLeavesWhatWasThere(t *testing.T) {
	t.Parallel()
	l := openLog(t, Options{MaxSnapshot: 2*snapshotPart + 5})
	s := l.Snapshots(0)
	appendMany(t, l, 0, 9)
	kept := map[Position][]byte{1: []byte("one"), 2: content(2, snapshotPart+1)}
	mustSave(t, s, 1, kept[1])
	mustSave(t, s, 2, kept[2])

	broken := errors.New("fold is broken")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for _, refused := range []struct {
		what  string
		at    Position
		write func(io.Writer) error
		want  error
	}{
		{"write fails after a part", 3, func(w io.Writer) error {
			_, err := w.Write(content(9, snapshotPart+100))
			return errors.Join(err, broken)
		}, broken},
		{"too large", 3, writing(content(9, 2*snapshotPart+6)), ErrTooLarge},
		{"too large, which write does not look at", 3, func(w io.Writer) error {
			_, _ = w.Write(content(9, 4*snapshotPart))
			return nil
		}, ErrTooLarge},
		{"beyond the log", 10, writing(nil), ErrAhead},
		{"cancelled", 3, func(w io.Writer) error {
			cancel()
			_, err := w.Write(content(9, snapshotPart))
			return err
		}, context.Canceled},
	} {
		if err := s.Save(ctx, refused.at, refused.write); !errors.Is(err, refused.want) {
			t.Errorf("%s: %v, want %v", refused.what, err, refused.want)
		}
		same(t, held(t, s), kept)
	}
	mustSave(t, s, 3, kept[2][:9]) // nothing of it is in the way
	same(t, held(t, s), map[Position][]byte{2: kept[2], 3: kept[2][:9]})
}

func TestDamagedSnapshotIsPassedOverForTheOneBefore(t *testing.T) {
	t.Parallel()
	flip := func(block []byte) []byte { block[len(block)/2] ^= 0xff; return block }
	for _, damage := range []struct {
		what  string
		spoil func(t *testing.T, dir string)
	}{
		{"flipped", func(t *testing.T, dir string) { spoilFile(t, largestBlock(t, dir), flip) }},
		{"flipped, crashed", func(t *testing.T, dir string) {
			spoilFile(t, largestBlock(t, dir), flip)
			remove(t, filepath.Join(dir, "msgs", "index.db"))
		}},
		{"a block missing", func(t *testing.T, dir string) { remove(t, largestBlock(t, dir)) }},
		{"cut off, crashed", func(t *testing.T, dir string) {
			spoilFile(t, largestBlock(t, dir), func(block []byte) []byte { return block[:len(block)/3] })
			remove(t, filepath.Join(dir, "msgs", "index.db"))
		}},
		{"description of the slot flipped", func(t *testing.T, dir string) { spoilFile(t, filepath.Join(dir, "meta.inf"), flip) }},
		{"all gone", func(t *testing.T, dir string) { remove(t, dir) }},
	} {
		t.Run(damage.what, func(t *testing.T) {
			t.Parallel()
			options := Options{Dir: t.TempDir(), Logger: quietLog()}
			before := openLog(t, options)
			appendMany(t, before, 0, 9)
			older, newer := content(1, 2*snapshotPart), content(2, 2*snapshotPart)
			mustSave(t, before.Snapshots(0), 4, older)
			mustSave(t, before.Snapshots(0), 7, newer)
			closeLog(t, before)
			damage.spoil(t, slotFolder(options.Dir, 0, 1))

			l := openLog(t, options)
			var got []byte
			at, err := l.Snapshots(0).Load(t.Context(), func(_ Position, r io.Reader) (err error) { got, err = io.ReadAll(r); return err })
			if err != nil || at != 4 || !bytes.Equal(got, older) {
				t.Fatalf("loaded %d bytes at %d, %v; want the one before", len(got), at, err)
			}
			mustSave(t, l.Snapshots(0), 8, newer) // takes the place of the damaged one, not of the good one
			same(t, held(t, l.Snapshots(0)), map[Position][]byte{4: older, 8: newer})
		})
	}
}

func TestSnapshotThatItsReaderRefusesIsPassedOver(t *testing.T) {
	t.Parallel()
	l := openLog(t, Options{Logger: quietLog()})
	s := l.Snapshots(0)
	appendMany(t, l, 0, 3)
	mustSave(t, s, 1, []byte("good"))
	mustSave(t, s, 2, []byte("of a newer version"))
	newer := errors.New("version is newer")
	at, err := s.Load(t.Context(), func(at Position, _ io.Reader) error {
		if at == 2 {
			return newer
		}
		return nil
	})
	if at != 1 || err != nil {
		t.Errorf("loaded at %d, %v", at, err)
	}
	_, err = s.Load(t.Context(), func(Position, io.Reader) error { return newer })
	if !errors.Is(err, ErrNoSnapshot) || !errors.Is(err, newer) {
		t.Errorf("with none usable: %v", err)
	}
}

func TestStateSaysWhetherTheLogReachesBackToASnapshot(t *testing.T) {
	t.Parallel()
	const size = 64 << 10
	l := openLog(t, Options{MaxBytes: 1 << 20, MaxMessage: size, Sync: SyncInterval})
	s := l.Snapshots(0)
	mustAppend(t, l, 0, chunk("a", size-100))
	mustAppend(t, l, 0, chunk("b", size-100))
	mustSave(t, s, 1, nil)
	mustSave(t, s, 2, nil)
	state := mustState(t, s)
	if len(state.Kept) != 2 || state.Kept[0].At != 2 || state.Gap(1) != 0 || state.Gap(2) != 0 || state.Ahead(2) != 0 {
		t.Errorf("with everything there: %+v", state)
	}
	for range 30 {
		mustAppend(t, l, 0, chunk("more", size-100))
	}
	state = mustState(t, s)
	if state.First < 10 || state.Gap(2) != uint64(state.First)-3 || state.Gap(0) != uint64(state.First)-1 || state.Gap(state.First-1) != 0 {
		t.Errorf("after retention took more than the snapshots cover: %+v, gap %d", state, state.Gap(2))
	}
	if state.Ahead(state.Last+4) != 4 {
		t.Errorf("a snapshot 4 ahead counts as %d ahead", state.Ahead(state.Last+4))
	}
}

func mustState(t *testing.T, s *Snapshots) SnapshotState {
	t.Helper()
	state, err := s.State(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return state
}

func spoilFile(t *testing.T, name string, spoil func([]byte) []byte) {
	t.Helper()
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, spoil(whole), 0o600); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, name string) {
	t.Helper()
	if err := os.RemoveAll(name); err != nil {
		t.Fatal(err)
	}
}

// largestBlock is where most of a slot is.
func largestBlock(t *testing.T, dir string) string {
	t.Helper()
	blocks, err := filepath.Glob(filepath.Join(dir, "msgs", "*.blk"))
	if err != nil || len(blocks) == 0 {
		t.Fatalf("%s has no blocks: %v", dir, err)
	}
	return slices.MaxFunc(blocks, func(a, b string) int { return int(fileSize(t, a) - fileSize(t, b)) })
}

func fileSize(t *testing.T, name string) int64 {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// The server would otherwise read two minutes of the log and all snapshots at a start
// after a crash, to know ids that our messages do not have.
func TestNoStreamRemembersIDs(t *testing.T) {
	t.Parallel()
	l := openLog(t, Options{Dir: t.TempDir()})
	appendMany(t, l, 0, 1)
	mustSave(t, l.Snapshots(0), 1, content(1, 10))
	from, err := l.reader(0)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{streamName(0), streamOfBucket + slotName(0, 0)} {
		stream, err := from.js.Stream(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if window := stream.CachedInfo().Config.Duplicates; window != noDuplicates {
			t.Errorf("%s remembers ids for %v", name, window)
		}
	}
}
