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
	options, err := partOptions(rowsLevel)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := writeVerdicts(path, settled, footer{}, options); err != nil {
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
