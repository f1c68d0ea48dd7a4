// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"flag"
	"fmt"
	"io"
	"testing"
)

// snapshotMegabytes makes the benchmark's snapshot larger: the promise is that
// 1024 works.
var snapshotMegabytes = flag.Int("snapshot-mb", 64, "size of the benchmark's snapshot")

// BenchmarkSnapshot saves a snapshot and loads it again.
func BenchmarkSnapshot(b *testing.B) {
	for name, mode := range map[string]SyncMode{"always": SyncAlways, "interval": SyncInterval} {
		l := openLog(b, Options{Sync: mode})
		appendMany(b, l, 0, 1)
		s := l.Snapshots(0)
		piece := content(1, 1<<20)
		write := func(w io.Writer) error {
			for range *snapshotMegabytes {
				if _, err := w.Write(piece); err != nil {
					return err
				}
			}
			return nil
		}
		b.Run(fmt.Sprintf("save,%s,%dMB", name, *snapshotMegabytes), func(b *testing.B) {
			b.SetBytes(int64(*snapshotMegabytes) << 20)
			for b.Loop() {
				if err := s.Save(b.Context(), 1, write); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("load,%s,%dMB", name, *snapshotMegabytes), func(b *testing.B) {
			b.SetBytes(int64(*snapshotMegabytes) << 20)
			for b.Loop() {
				if _, err := s.Load(b.Context(), func(Position, io.Reader) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
