// SPDX-License-Identifier: Apache-2.0

// Package detect measures how soon a passed deadline is seen: messages that begin and
// do not go on, and how far the counts of those that are stuck trail behind.
package detect

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hopstamp/hopstamp/bench/workload"
)

// Server is a running Hopstamp, and how messages begin there.
type Server struct {
	URL, OTLP string
	Deadline  time.Duration // that it is configured with
	Rate      int           // messages that begin in a second; 0: as fast as they are taken
}

// Measurement is how far the verdict trailed behind the deadline, at worst.
type Measurement struct {
	InFlight  int
	Stuck     int           // in the end
	LogTime   time.Duration // between the deadline and the log's time at which it was not in the metrics yet
	WallTime  time.Duration // the same by the clock on the wall, as a scraper sees it
	APIBehind int           // most that the API knew less of than the scrape before it
	Looks     int
}

// Budget of the log's time.
const Budget = time.Second

const (
	lookEvery = 100 * time.Millisecond
	giveUp    = 30 * time.Second // after the last deadline
)

// Measure begins at least so many messages and watches until all are stuck. Nothing
// else may be sent to the server meanwhile.
func (s Server) Measure(ctx context.Context, w *workload.Workload, messages int) (m Measurement, err error) {
	var deadlines []int64
	began := time.Now()
	for block := int64(0); len(deadlines) < messages; block++ {
		if s.Rate > 0 {
			time.Sleep(time.Until(began.Add(time.Duration(len(deadlines)) * time.Second / time.Duration(s.Rate))))
		}
		base := time.Now().UnixNano()
		if err := s.begin(ctx, w, block, base); err != nil {
			return m, err
		}
		for _, message := range w.Block(block).Messages {
			deadlines = append(deadlines, base+int64(max(0, message.Start[0]+s.Deadline))) // never before it is told of
		}
	}
	slices.Sort(deadlines)
	m.InFlight = len(deadlines)
	for last := time.Unix(0, deadlines[len(deadlines)-1]); m.Stuck < m.InFlight; {
		if time.Since(last) > giveUp {
			return m, fmt.Errorf("%d of %d are stuck, %v after the last deadline", m.Stuck, m.InFlight, giveUp)
		}
		if err := m.look(ctx, s, deadlines); err != nil {
			return m, err
		}
		select {
		case <-ctx.Done():
			return m, ctx.Err()
		case <-time.After(lookEvery):
		}
	}
	return m, nil
}

// begin sends the first wave of a block: accepted, routed, published, and no more.
func (s Server) begin(ctx context.Context, w *workload.Workload, block, base int64) error {
	_, end := workload.WaveRequests(0)
	for _, request := range w.Block(block).Requests[:end] {
		if err := s.send(ctx, w.Patch(request, block, base)); err != nil {
			return fmt.Errorf("send: %w", err)
		}
	}
	return nil
}

func (s Server) send(ctx context.Context, payload []byte) error {
	post, err := http.NewRequestWithContext(ctx, http.MethodPost, s.OTLP, bytes.NewReader(payload))
	if err != nil {
		return err
	}
	post.Header.Set("Content-Type", "application/x-protobuf")
	response, err := http.DefaultClient.Do(post)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if answer, err := io.ReadAll(response.Body); err != nil || response.StatusCode != http.StatusOK {
		return errors.Join(err, fmt.Errorf("answered %s: %s", response.Status, answer))
	}
	return nil
}

// look compares what is known with the deadlines that have passed.
func (m *Measurement) look(ctx context.Context, s Server, deadlines []int64) error {
	asked := time.Now().UnixNano()
	stuck, logTime, err := s.scrape(ctx)
	if err != nil {
		return err
	}
	inAPI, err := s.ledger(ctx)
	if err != nil {
		return err
	}
	m.Looks++
	m.Stuck = stuck
	m.APIBehind = max(m.APIBehind, stuck-inAPI)
	if stuck < len(deadlines) {
		m.LogTime = max(m.LogTime, time.Duration(logTime-deadlines[stuck]))
		m.WallTime = max(m.WallTime, time.Duration(asked-deadlines[stuck]))
	}
	return nil
}

// scrape gives how many are stuck by /metrics, and the log's time of that.
func (s Server) scrape(ctx context.Context) (stuck int, logTime int64, err error) {
	body, err := get(ctx, s.URL+"/metrics")
	if err != nil {
		return 0, 0, err
	}
	for lines := bufio.NewScanner(bytes.NewReader(body)); lines.Scan(); {
		name, text, ok := strings.Cut(lines.Text(), " ")
		inFlight := strings.HasPrefix(name, "hopstamp_in_flight_deliveries{") && strings.Contains(name, `verdict="stuck"`)
		if !ok || !inFlight && name != "hopstamp_track_log_time_seconds" {
			continue
		}
		value, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return 0, 0, fmt.Errorf("read /metrics: %w", err)
		}
		if inFlight {
			stuck += int(value)
		} else {
			logTime = int64(value * 1e9)
		}
	}
	return stuck, logTime, nil
}
