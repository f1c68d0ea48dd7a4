// SPDX-License-Identifier: Apache-2.0

// Package lasting makes counters outlast the process that counts.
//
// [Counters] stand between the metrics of a process, which begin at zero, and those who
// look at them: a look adds what the processes before this one had shown, and writes the
// sum to a file before anybody sees it. So no counter that was ever seen falls, whenever
// the process dies, and nothing is counted twice; what happened between the last look
// and a kill, and was seen by nobody, is not counted. The file is synced: the same holds
// when the power fails.
//
// Counters and native histograms last; gauges and all else are passed on as they are. A
// metric that survives a restart by itself does not belong here: it would be added to itself.
//
// What was counted once is shown for ever, also where this process has no such metric: a
// status code that did not come up again, a backend that is no longer configured, a
// metric of an older or newer version, which so finds its own again when it comes back.
// All have few labels of few values, so they stay few.
//
// Each series keeps the time at which its counting began: readers who watch that time
// would take a new one for a reset.
//
// A Counters may be used by any goroutine. It owns its file; one process at a time.
package lasting

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"

	"github.com/hopstamp/hopstamp/internal/crashpoint"
)

// Counters gathers metrics whose counters and histograms last. It implements prometheus.Gatherer.
type Counters struct {
	of     prometheus.Gatherer
	logger *slog.Logger

	mu      sync.Mutex // guards the rest
	file    *file
	before  []*dto.MetricFamily // what processes before this one had shown
	shown   []*dto.MetricFamily // what is in the file
	content []byte              // the same
	failing bool                // since the last write
}

// Open adds what a file remembers to what is gathered. A file that is missing or not
// readable stops nobody: counting begins at zero.
func Open(path string, of prometheus.Gatherer, logger *slog.Logger) (*Counters, error) {
	file, content, err := openFile(path, logger)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	c := &Counters{of: of, logger: logger, file: file, content: content}
	if c.before, err = decode(content); err != nil {
		logger.Error("some remembered counters are not readable and begin at zero", "file", path, "error", err)
	}
	c.shown = c.before
	return c, nil
}

// Fresh tells whether there was no file.
func (c *Counters) Fresh() bool { return c.file.fresh }

// Gather gives the metrics in the order of their names. What it returns is shared and must
// not be changed. While the file cannot be written, counters stand still.
func (c *Counters) Gather() ([]*dto.MetricFamily, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, err := c.of.Gather()
	if err != nil {
		return nil, err
	}
	if err := c.remember(sum(c.before, now)); err != nil {
		if !c.failing {
			c.logger.Error("counters cannot be written and stand still until they can", "error", err)
		}
		c.failing = true
	} else {
		c.failing = false
	}
	all := append(slices.DeleteFunc(now, lasts), c.shown...)
	slices.SortFunc(all, byName)
	return all, nil
}

// remember writes what has changed; from then on it may be shown.
func (c *Counters) remember(total []*dto.MetricFamily) error {
	content, err := encode(total)
	if err != nil {
		return err
	}
	if !bytes.Equal(content, c.content) {
		if err := c.file.write(content); err != nil {
			return err
		}
		crashpoint.At("counters.written")
	}
	c.shown, c.content = total, content
	return nil
}

// Close writes what was counted since the last look. Nothing is gathered any more.
func (c *Counters) Close() error {
	_, err := c.Gather()
	c.mu.Lock()
	defer c.mu.Unlock()
	return errors.Join(err, c.file.close())
}

// lasts tells what outlasts the process.
func lasts(f *dto.MetricFamily) bool {
	switch f.GetType() {
	case dto.MetricType_COUNTER:
		return true
	case dto.MetricType_HISTOGRAM:
		return !slices.ContainsFunc(f.GetMetric(), func(m *dto.Metric) bool { return !isNative(m.GetHistogram()) })
	default:
		return false
	}
}

func byName(x, y *dto.MetricFamily) int { return cmp.Compare(x.GetName(), y.GetName()) }

// The content of the file is Prometheus' own protobuf, as a scrape may ask for.
var format = expfmt.NewFormat(expfmt.TypeProtoDelim)

func encode(families []*dto.MetricFamily) ([]byte, error) {
	var content bytes.Buffer
	to := expfmt.NewEncoder(&content, format)
	for _, f := range families {
		if err := to.Encode(f); err != nil {
			return nil, fmt.Errorf("encode %s: %w", f.GetName(), err)
		}
	}
	return content.Bytes(), nil
}

// decode gives those before an error, too.
func decode(content []byte) (families []*dto.MetricFamily, err error) {
	from := expfmt.NewDecoder(bytes.NewReader(content), format)
	for {
		f := &dto.MetricFamily{}
		if err := from.Decode(f); errors.Is(err, io.EOF) {
			return families, nil
		} else if err != nil {
			return families, err
		}
		if lasts(f) {
			families = append(families, f)
		}
	}
}
