// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/config"
)

// configured is a server on free ports in a folder of its own.
func configured(t *testing.T) config.Config {
	c := config.Default()
	c.Data = t.TempDir()
	c.Listen, c.OTLP.GRPC, c.OTLP.HTTP = "127.0.0.1:0", "127.0.0.1:0", "127.0.0.1:0"
	return c
}

func start(t *testing.T, c config.Config) *App {
	t.Helper()
	return startOf(t, c, func(*App) {})
}

// startOf starts a server that was changed before.
func startOf(t *testing.T, c config.Config, change func(*App)) *App {
	t.Helper()
	a, err := New(t.Context(), Options{Config: c, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	change(a)
	t.Cleanup(func() {
		if err := a.Stop(context.Background()); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	if err := a.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "ready", func() error {
		_, err := get(a, "/readyz")
		return err
	})
	return a
}

func get(a *App, path string) (string, error) {
	address, _, _ := a.Addresses()
	response, err := http.Get("http://" + address + path)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers %s: %s", path, response.Status, body)
	}
	return string(body), err
}

func eventually(t *testing.T, what string, check func() error) {
	t.Helper()
	within(t, 20*time.Second, what, check)
}

func within(t *testing.T, limit time.Duration, what string, check func() error) {
	t.Helper()
	var err error
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if err = check(); err == nil {
			return
		}
	}
	t.Fatalf("%s: %v", what, err)
}

// send posts a message of two spans: accepted and published.
func send(t *testing.T, a *App, id string, began time.Time) {
	t.Helper()
	span := func(spanID, parent, name string, kind int, attributes string) string {
		return fmt.Sprintf(`{"traceId":"%s","spanId":"%s","parentSpanId":"%s","name":"%s","kind":%d,"startTimeUnixNano":"%d","endTimeUnixNano":"%d","attributes":[%s]}`,
			id, spanID, parent, name, kind, began.UnixNano(), began.Add(time.Millisecond).UnixNano(), attributes)
	}
	body := `{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"gateway"}}]},"scopeSpans":[{"spans":[` +
		span("00000000000000a1", "", "POST /v1/messages", 2, `{"key":"http.request.method","value":{"stringValue":"POST"}}`) + "," +
		span("00000000000000a2", "00000000000000a1", "send orders", 4, `{"key":"messaging.destination.name","value":{"stringValue":"orders"}}`) + `]}]}]}`
	_, _, address := a.Addresses()
	response, err := http.Post("http://"+address+"/v1/traces", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if answer, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusOK {
		t.Fatalf("OTLP answers %s: %s", response.Status, answer)
	}
}

const traceHex = "0123456789abcdef0123456789abcdef"

// verdict of the only delivery of the message.
func verdict(a *App) (string, error) {
	body, err := get(a, "/api/v1/messages/"+traceHex)
	if err != nil {
		return "", err
	}
	var m struct{ Deliveries []struct{ Verdict string } }
	if err := json.Unmarshal([]byte(body), &m); err != nil || len(m.Deliveries) != 1 {
		return "", fmt.Errorf("%d deliveries, %w", len(m.Deliveries), err)
	}
	return m.Deliveries[0].Verdict, nil
}

func TestAbsenceIsNoticedWithoutAnyoneSending(t *testing.T) {
	c := configured(t)
	c.Defaults = config.Times{Deadline: time.Second, GiveUp: 2 * time.Second}
	a := start(t, c)
	send(t, a, traceHex, time.Now())
	for _, wanted := range []string{"stuck", "lost"} { // by the ticks alone
		eventually(t, wanted, func() error {
			if got, err := verdict(a); err != nil || got != wanted {
				return fmt.Errorf("verdict %q, %w", got, err)
			}
			return nil
		})
	}
}

func TestRestartKeepsWhatIsKnown(t *testing.T) {
	c := configured(t)
	c.Track.Linger, c.Track.LingerFailed = time.Second, time.Second
	c.Defaults = config.Times{Deadline: time.Millisecond, GiveUp: 2 * time.Millisecond}
	lost := func(a *App) error {
		body, err := get(a, "/api/v1/ledger?by=verdict")
		if err == nil && !strings.Contains(body, `"rows":[{"count":1,"verdict":"lost"}]`) {
			err = fmt.Errorf("ledger %s", body)
		}
		return err
	}
	settled := func(a *App) error {
		if traces, _ := a.size(); traces > 0 {
			return fmt.Errorf("%d traces are still held", traces)
		}
		return lost(a)
	}
	first := start(t, c)
	send(t, first, traceHex, time.Now())
	eventually(t, "lost, and settled", func() error { return settled(first) })
	if err := first.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	second := start(t, c)
	eventually(t, "the same after a restart", func() error { return lost(second) })
	if got, err := verdict(second); err != nil || got != "lost" {
		t.Errorf("verdict %q after the restart, %v", got, err)
	}
	if body, err := get(second, "/api/v1/paths"); err != nil || !strings.Contains(body, `"deliveries":1,"good":0,"stages":[]`) {
		t.Errorf("one settled delivery is learned of, and nothing from it; the paths are %s, %v", body, err)
	}
	send(t, second, traceHex, time.Now()) // the exporter repeats itself
	eventually(t, "the repeated spans are late", func() error {
		body, err := get(second, "/metrics")
		if err == nil && !strings.Contains(body, "hopstamp_track_late_stamps_total 2") {
			err = fmt.Errorf("no late stamps in %s", regexp.MustCompile(`hopstamp_track_late\S+ .*`).FindString(body))
		}
		return err
	})
	if err := lost(second); err != nil {
		t.Errorf("counted twice: %v", err)
	}
}

// linesOf are the lines of a text that begin so.
func linesOf(text, prefix string) (found string) {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, prefix) {
			found += line
		}
	}
	return found
}

// A server that was off for longer than its log is kept by age starts all the same,
// and what it had counted is in its parts: an idle server does not leave it in memory.
func TestLogMayGrowOldWhileTheServerIsOff(t *testing.T) {
	c := configured(t)
	c.Track.Linger, c.Track.LingerFailed, c.Log.MaxAge, c.Track.SnapshotEvery = time.Second, time.Second, time.Second, time.Millisecond
	c.Defaults = config.Times{Deadline: time.Millisecond, GiveUp: 2 * time.Millisecond}
	first := start(t, c)
	send(t, first, traceHex, time.Now())
	eventually(t, "nothing left in memory", func() error {
		stats := first.parts[0].Stats()
		if traces, _ := first.size(); traces > 0 || stats.TailRows > 0 || stats.Rows != 1 {
			return fmt.Errorf("%d traces, %d rows wait, %d are stored", traces, stats.TailRows, stats.Rows)
		}
		return nil
	})
	if err := first.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	second := start(t, c)
	body, err := get(second, "/api/v1/ledger?by=verdict")
	if err != nil || !strings.Contains(body, `"rows":[{"count":1,"verdict":"lost"}]`) {
		t.Errorf("ledger %s, %v", body, err)
	}
	if got, err := verdict(second); err != nil || got != "lost" {
		t.Errorf("verdict %q, %v", got, err)
	}
}

func TestHalfBuiltServerCleansUp(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	c := configured(t)
	c.Listen = taken.Addr().String()
	if _, err := New(t.Context(), Options{Config: c}); err == nil || !strings.Contains(err.Error(), "listen for the web") {
		t.Fatalf("error %v, want one that says what could not be listened on", err)
	}
	c.Listen = "127.0.0.1:0"
	start(t, c) // the folder was given free
}

func TestReloadIsAllOrNothing(t *testing.T) {
	c := configured(t)
	a := start(t, c)
	moved := c
	moved.Data = t.TempDir()
	moved.Defaults.Deadline = time.Hour
	if err := a.Reload(moved); err == nil || a.options.Config.Defaults.Deadline == time.Hour {
		t.Errorf("a change of the data folder was taken: %v", err)
	}
	changed := c
	changed.Paths = []config.Path{{Name: "chat", Match: config.Match{Service: "gateway"}, Times: c.Defaults}}
	if err := a.Reload(changed); err != nil {
		t.Fatal(err)
	}
	send(t, a, traceHex, time.Now())
	eventually(t, "the new path", func() error {
		body, err := get(a, "/api/v1/messages/"+traceHex)
		if err == nil && !strings.Contains(body, `"path":"chat"`) {
			err = fmt.Errorf("the message is %s", body)
		}
		return err
	})
}

// docs/reference/metrics.md lists what is on /metrics, no more and no less.
func TestMetricsAreDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/reference/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	documented := map[string][]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(hopstamp_\\w+)` \\| \\w+ \\| ([^|]*) \\|").FindAllStringSubmatch(string(page), -1) {
		documented[row[1]] = strings.FieldsFunc(row[2], func(r rune) bool { return r == ',' || r == ' ' })
	}
	ours := slices.Concat([]metric{deliveriesTotal, correctionsTotal}, foldMetrics, processMetrics)
	for _, m := range ours {
		if labels, ok := documented["hopstamp_"+m.name]; !ok || !slices.Equal(labels, m.labels) && len(labels)+len(m.labels) > 0 {
			t.Errorf("hopstamp_%s has labels %v, documented are %v", m.name, m.labels, labels)
		}
	}
	a := start(t, configured(t))
	send(t, a, traceHex, time.Now())
	eventually(t, "the deliveries", func() error {
		body, err := get(a, "/metrics")
		for _, family := range regexp.MustCompile(`(?m)^# TYPE (hopstamp_\w+) `).FindAllStringSubmatch(body, -1) {
			if name := family[1]; documented[name] == nil && !strings.Contains(string(page), "`"+name+"`") {
				t.Errorf("%s is not documented", name)
			}
		}
		if err == nil && !strings.Contains(body, "hopstamp_in_flight_deliveries{") {
			err = fmt.Errorf("%s", body)
		}
		return err
	})
	for name := range documented {
		known := slices.ContainsFunc(ours, func(m metric) bool { return "hopstamp_"+m.name == name })
		if !known && !strings.HasPrefix(name, "hopstamp_receive_") && !strings.HasPrefix(name, "hopstamp_forward_") {
			t.Errorf("%s is documented and does not exist", name)
		}
	}
}

func (a *App) size() (traces, stamps int) {
	for _, f := range a.folds {
		f.mu.Lock()
		moreTraces, moreStamps := f.tracker.Size()
		f.mu.Unlock()
		traces, stamps = traces+moreTraces, stamps+moreStamps
	}
	return traces, stamps
}
