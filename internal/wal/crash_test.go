// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Some tests need a process of their own, to be killed or to have limits. They
// run this test binary again with the story's name and the log's folder.
const (
	storyVariable  = "HOPSTAMP_WAL_STORY"
	folderVariable = "HOPSTAMP_WAL_FOLDER"
)

func TestMain(m *testing.M) {
	switch os.Getenv(storyVariable) {
	case "append forever":
		appendForever(os.Getenv(folderVariable))
	case "save forever":
		saveForever(os.Getenv(folderVariable))
	case "small disk":
		smallDisk(os.Getenv(folderVariable))
	case "work forever":
		workForever(os.Getenv(folderVariable))
	case "hold":
		hold(os.Getenv(folderVariable))
	default:
		os.Exit(m.Run())
	}
}

func story(t *testing.T, name, folder string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	return storyIn(t, name, folder, nil)
}

// storyIn starts a story in a system of its own.
func storyIn(t *testing.T, name, folder string, system *syscall.SysProcAttr) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), storyVariable+"="+name, folderVariable+"="+folder)
	child.Stderr = os.Stderr
	child.SysProcAttr = system
	output, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = child.Process.Kill() })
	return child, bufio.NewScanner(output)
}

func openInChild(folder string) *Log {
	l, err := Open(context.Background(), Options{Dir: folder, Partitions: 2})
	if err != nil {
		fmt.Println("open:", err)
		os.Exit(1)
	}
	return l
}

func hold(folder string) {
	openInChild(folder)
	fmt.Println("open")
	select {}
}

// appendForever prints "partition position name" for each acknowledged chunk.
// Names are writer-number, and no other process has writers of these names.
func appendForever(folder string) {
	l := openInChild(folder)
	var printing sync.Mutex
	for writer := range 8 {
		go func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("%d.%d-%d", os.Getpid(), writer, i)
				position, err := l.Append(context.Background(), writer%2, chunk(name, 2000*(i%40)))
				printing.Lock()
				fmt.Println(writer%2, position, name, err)
				printing.Unlock()
			}
		}()
	}
	select {}
}

// place is where a chunk is or was said to be.
type place struct {
	partition int
	position  Position
}

func TestKilledProcessLosesNothingItAcknowledged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	acknowledged := map[string]place{}
	for life := 1; life <= 2; life++ { // the second starts on what the first one left
		child, output := story(t, "append forever", dir)
		for output.Scan() { // to the end: what is still in the pipe was acknowledged too
			var at place
			var name, failure string
			if _, err := fmt.Sscan(output.Text(), &at.partition, &at.position, &name, &failure); err != nil || failure != "<nil>" {
				t.Fatalf("child says %q", output.Text())
			}
			acknowledged[name] = at
			if len(acknowledged) == life*1500 {
				if err := child.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = child.Wait()
		stored := storedChunks(t, dir)
		for name, at := range acknowledged {
			if stored[name] != at {
				t.Errorf("life %d: %s was acknowledged at %v and is at %v", life, name, at, stored[name])
			}
		}
	}
}

// storedChunks reads the whole log and wants each chunk once, no position
// missing, and the chunks of each writer in their order without a gap.
func storedChunks(t *testing.T, dir string) map[string]place {
	t.Helper()
	l := openLog(t, Options{Dir: dir, Partitions: 2, Logger: quietLog()})
	defer closeLog(t, l)
	stored, next := map[string]place{}, map[string]int{}
	for partition := range 2 {
		state, err := l.State(partition)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range followed(t, l, partition, 1, state.Last) {
			at := place{partition, Position(i + 1)}
			where, held, _ := strings.Cut(line, ": ")
			if where != fmt.Sprintf("%d+0", at.position) {
				t.Fatalf("instead of position %d comes %q", at.position, where)
			}
			for _, name := range strings.Fields(held) {
				writer, number, _ := strings.Cut(name, "-")
				if number != fmt.Sprint(next[writer]) {
					t.Fatalf("writer %s has chunk %s where %d belongs", writer, number, next[writer])
				}
				next[writer]++
				stored[name] = at
			}
		}
	}
	return stored
}

func TestOtherProcessIsNamed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	child, output := story(t, "hold", dir)
	if !output.Scan() || output.Text() != "open" {
		t.Fatalf("child says %q", output.Text())
	}
	options := Options{Dir: dir, Partitions: 2}
	refused(t, options, fmt.Sprintf("in use by process %d", child.Process.Pid))
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	openLog(t, options)
}

// saveForever appends and saves, and prints the position of each saved snapshot.
// A snapshot is its position over and over, in a few parts.
func saveForever(folder string) {
	l := openInChild(folder)
	for {
		at, err := l.Append(context.Background(), 0, chunk("m", 100))
		if err == nil {
			err = l.Snapshots(0).Save(context.Background(), at, func(w io.Writer) error {
				_, err := w.Write(bytes.Repeat(binary.BigEndian.AppendUint64(nil, uint64(at)), snapshotPart/5))
				return err
			})
		}
		fmt.Println(at, err)
	}
}

func TestKilledProcessLeavesTheSnapshotsItSaved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for life := range 4 {
		child, output := story(t, "save forever", dir)
		var saved Position
		for lines := 1; output.Scan(); lines++ { // to the end: what is still in the pipe was saved too
			var failure string
			if _, err := fmt.Sscan(output.Text(), &saved, &failure); err != nil || failure != "<nil>" {
				t.Fatalf("child says %q", output.Text())
			}
			if lines == 3 {
				// It is in the middle of its next one, each life at another point.
				time.Sleep(time.Duration(life) * 7 * time.Millisecond)
				if err := child.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = child.Wait()
		l := openLog(t, Options{Dir: dir, Partitions: 2, Logger: quietLog()})
		kept := held(t, l.Snapshots(0))
		if len(kept) != snapshotsKept {
			t.Errorf("life %d: kept are %s", life, sizes(kept))
		}
		eventually(t, "what the crash left of a snapshot is cleared away", func() bool {
			return slotBytes(t, dir) < snapshotsKept*8*(snapshotPart/5)+1<<20
		})
		newest := Position(0)
		for at, data := range kept {
			newest = max(newest, at)
			if want := bytes.Repeat(binary.BigEndian.AppendUint64(nil, uint64(at)), snapshotPart/5); !bytes.Equal(data, want) {
				t.Errorf("life %d: snapshot at %d is another one's: %d bytes %x", life, at, len(data), data[:8])
			}
		}
		if newest < saved || newest > saved+1 {
			t.Errorf("life %d: newest is at %d, saved was %d", life, newest, saved)
		}
		closeLog(t, l)
	}
}

// slotBytes is what the slots of partition 0 take on disk.
func slotBytes(t *testing.T, dir string) (total int64) {
	t.Helper()
	for slot := range snapshotSlots {
		blocks, err := filepath.Glob(filepath.Join(slotFolder(dir, 0, slot), "msgs", "*.blk"))
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range blocks {
			if info, err := os.Stat(block); err == nil { // blocks may go meanwhile
				total += info.Size()
			}
		}
	}
	return total
}
