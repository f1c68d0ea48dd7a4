// SPDX-License-Identifier: Apache-2.0

package store

import (
	"os"
	"path/filepath"
	"testing"
)

func BenchmarkWriteVerdicts(b *testing.B) {
	const count = 100_000
	settled := newPlatform(1).deliveries(count, morning)
	path := filepath.Join(b.TempDir(), "verdicts.parquet")
	parts, err := Open(Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		rows := parts.tail
		rows.reset()
		if err := rows.add(settled); err != nil {
			b.Fatal(err)
		}
		if err := parts.writeVerdicts(path, rows, footer{}); err != nil {
			b.Fatal(err)
		}
	}
	info, err := os.Stat(path + tempSuffix)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(info.Size())/count, "B/row")
	b.ReportMetric(float64(b.N*count)/b.Elapsed().Seconds(), "rows/s")
}
