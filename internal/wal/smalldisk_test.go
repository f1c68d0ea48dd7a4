// SPDX-License-Identifier: Apache-2.0

//go:build linux

package wal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Guarantee: a disk that is full or read-only refuses with its own reason; what
// was acknowledged before is there all the while, and when the disk takes
// writes again the log goes on, snapshots included. A snapshot that finds no
// space gives back what it took: it must not keep the log from going on.
//
// The disk is a small one in memory, mounted where only the child sees it.
func TestSmallDisk(t *testing.T) {
	t.Parallel()
	system := &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	probe := exec.Command("/proc/self/exe", "-test.run", "^$")
	probe.SysProcAttr = system
	if err := probe.Run(); errors.Is(err, fs.ErrPermission) {
		t.Skipf("this user may not have mounts of its own: %v", err)
	}
	child, output := storyIn(t, "small disk", t.TempDir(), system)
	var told []string
	for output.Scan() {
		told = append(told, output.Text())
	}
	if len(told) == 1 && told[0] == forbidden {
		_ = child.Wait()
		t.Skip("this user may not mount a disk")
	}
	if err := child.Wait(); err != nil || len(told) == 0 || told[len(told)-1] != "end" {
		t.Errorf("the story ends with %v: %s", err, strings.Join(told, "\n"))
	}
	for _, line := range told {
		if strings.HasPrefix(line, "wrong") {
			t.Error(line)
		}
	}
}

const forbidden = "forbidden"

// smallDisk prints "wrong ..." for what is not as it should be, and "end".
func smallDisk(folder string) {
	disk := filepath.Join(folder, "disk")
	wanted("folder", os.Mkdir(disk, 0o700), nil)
	err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=24m")
	if errors.Is(err, fs.ErrPermission) {
		fmt.Println(forbidden)
		os.Exit(0)
	}
	wanted("mount", err, nil)
	options := Options{Dir: filepath.Join(disk, "log"), Logger: quietLog()}
	l, err := Open(context.Background(), options)
	wanted("open", err, nil)
	s := l.Snapshots(0)

	_, err = l.Append(context.Background(), 0, chunk("first", 100))
	wanted("first append", err, nil)
	wanted("first snapshot", s.Save(context.Background(), 1, writing([]byte("first"))), nil)

	wanted("snapshot larger than the disk", s.Save(context.Background(), 1, writing(make([]byte, 40<<20))), syscall.ENOSPC)
	last := recovers("after a snapshot that found no space", l)
	for err = nil; err == nil; { // fill it
		var position Position
		if position, err = l.Append(context.Background(), 0, chunk("more", 1<<20)); err == nil {
			last = position
		}
	}
	wanted("append to a full disk", err, syscall.ENOSPC)
	readable("while the disk is full", l, last)

	wanted("more space", syscall.Mount("", disk, "", syscall.MS_REMOUNT, "size=64m"), nil)
	last = recovers("with more space", l)
	wanted("snapshot with more space", s.Save(context.Background(), last, writing([]byte("second"))), nil)

	wanted("close", l.Close(), nil)
	wanted("read-only", syscall.Mount("", disk, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, "size=64m"), nil)
	_, err = Open(context.Background(), options)
	wanted("open on a read-only disk", err, syscall.EROFS)
	wanted("writable", syscall.Mount("", disk, "", syscall.MS_REMOUNT, "size=64m"), nil)
	l, err = Open(context.Background(), options)
	wanted("open after that", err, nil)
	readable("after the disk was read-only", l, last)
	wanted("close once more", l.Close(), nil)

	other := filepath.Join(disk, "other")
	wanted("the rest of the disk", os.WriteFile(other, make([]byte, 64<<20), 0o600), syscall.ENOSPC)
	_, err = Open(context.Background(), options)
	wanted("open on a full disk", err, syscall.ENOSPC)
	wanted("space", os.Remove(other), nil)
	l, err = Open(context.Background(), options)
	wanted("open with space", err, nil)
	readable("after the disk was full", l, last)
	wanted("close at the end", l.Close(), nil)
	fmt.Println("end")
	os.Exit(0)
}

func wanted(what string, err, want error) {
	if !errors.Is(err, want) {
		fmt.Printf("wrong: %s gives %v, want %v\n", what, err, want)
	}
}

// recovers appends until it works, and returns the position.
func recovers(what string, l *Log) Position {
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		position, err := l.Append(context.Background(), 0, chunk("again", 100))
		if err == nil {
			return position
		}
		if time.Now().After(deadline) {
			fmt.Printf("wrong: %s the log does not recover: %v\n", what, err)
			return 0
		}
	}
}

// readable follows all that was acknowledged and loads the snapshot.
func readable(when string, l *Log, last Position) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	err := l.Follow(ctx, 0, 1, func(m Message) error {
		if m.Skipped > 0 {
			return fmt.Errorf("%d are missing before %d", m.Skipped, m.Position)
		}
		if m.Position >= last {
			return errEnough
		}
		return nil
	})
	wanted("following "+when, err, errEnough)
	_, reader, err := l.Snapshots(0).Open(ctx, 0)
	wanted("snapshot "+when, err, nil)
	if err == nil {
		_ = reader.Close()
	}
}
