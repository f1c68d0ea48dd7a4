// SPDX-License-Identifier: Apache-2.0

package app

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/internal/config"
	"github.com/hopstamp/hopstamp/internal/wal"
)

// Senders that are faster than the log is large have to wait until what it holds is saved
// and copied, and nothing of what must be kept is missed.
func TestTheLogLetsGoOfNothingThatIsNeeded(t *testing.T) {
	c := configured(t)
	c.Log.MaxBytes = 32 << 20
	c.Track.Linger, c.Sample.Delay = time.Second, 2*time.Second
	c.Defaults = config.Times{Deadline: time.Millisecond, GiveUp: 2 * time.Millisecond} // so that all have settled soon; all failed, and are kept
	a := start(t, c)
	const traces = 64 // of a MiB each
	waits := 0
	for n := range traces {
		eventually(t, "taken", func() error {
			err := sendLarge(a, fmt.Sprintf("%032x", n+1))
			if err != nil && !strings.Contains(err.Error(), "log.max_bytes") {
				t.Fatal(err)
			}
			if err != nil {
				waits++
			}
			return err
		})
	}
	if waits == 0 {
		t.Errorf("no sender had to wait while %d MiB came for a log of %d MiB", traces, c.Log.MaxBytes>>20)
	}
	// What is missing is not missed for a minute after senders had to wait (track/state/throttle.go).
	within(t, 100*time.Second, "all are kept", func() error {
		body, err := get(a, "/metrics")
		if err != nil {
			return err
		}
		if missed := linesOf(body, "hopstamp_sample_missed_messages_total "); missed != "hopstamp_sample_missed_messages_total 0\n" {
			t.Fatal(missed)
		}
		if kept := linesOf(body, "hopstamp_store_kept_spans "); kept != fmt.Sprintf("hopstamp_store_kept_spans %d\n", traces) {
			return errors.New(kept)
		}
		return nil
	})
	if state := a.folds.logState(); state.First == 1 {
		t.Error("the log let go of nothing, so this test proves nothing")
	}
}

// sendLarge posts a message of one span with a MiB that nothing makes smaller.
func sendLarge(a *App, id string) error {
	random := make([]byte, 512<<10)
	rand.Read(random)
	body := fmt.Sprintf(`{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"gateway"}}]},"scopeSpans":[{"spans":[
{"traceId":"%s","spanId":"00000000000000a1","name":"send orders","kind":4,"startTimeUnixNano":"%d","endTimeUnixNano":"%d","status":{"code":2},"attributes":[{"key":"messaging.destination.name","value":{"stringValue":"orders"}},{"key":"body","value":{"stringValue":"%s"}}]}]}]}]}`,
		id, time.Now().UnixNano(), time.Now().UnixNano(), hex.EncodeToString(random))
	_, _, address := a.Addresses()
	response, err := http.Post("http://"+address+"/v1/traces", "application/json", strings.NewReader(body))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if answer, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusOK {
		return fmt.Errorf("OTLP answers %s: %s", response.Status, answer)
	}
	return nil
}

func TestRoomIsWhatIsFreeAndWhatNobodyNeeds(t *testing.T) {
	t.Parallel()
	const most, spare = 800, 100
	for name, is := range map[string]struct {
		held   wal.State
		needed wal.Position
		room   int64
	}{
		"empty":                        {wal.State{First: 1}, 1, most - spare},
		"all is needed":                {wal.State{First: 1, Last: 10, Messages: 10, Bytes: 300}, 1, 500 - spare},
		"some is not":                  {wal.State{First: 1, Last: 10, Messages: 10, Bytes: 300}, 5, 500 + 4*30 - spare},
		"full, and all is needed":      {wal.State{First: 11, Last: 20, Messages: 10, Bytes: 800}, 11, -spare},
		"what was needed is gone":      {wal.State{First: 11, Last: 20, Messages: 10, Bytes: 800}, 3, -spare},
		"full, and nothing is needed":  {wal.State{First: 11, Last: 20, Messages: 10, Bytes: 800}, 21, most - spare},
		"nothing is held after a jump": {wal.State{First: 21, Last: 20}, 25, most - spare},
	} {
		if room := roomFor(is.held, is.needed, most); room != is.room {
			t.Errorf("%s: room for %d, must be %d", name, room, is.room)
		}
	}
}

// Messages are of any size, and what is said to be needed may begin earlier than before.
func TestRoomGoesByTheBytesThatWereStored(t *testing.T) {
	t.Parallel()
	const most, spare = 800, 100
	kept := needed{}
	for _, is := range []struct {
		what   string
		held   wal.State
		stored int64
		first  wal.Position
		may    int64
	}{
		{"nothing came", wal.State{First: 1}, 0, 1, most - spare},
		{"all is needed", wal.State{First: 1, Last: 10, Messages: 10, Bytes: 10}, 10, 1, most - spare},
		{"all is needed still", wal.State{First: 1, Last: 20, Messages: 20, Bytes: 710}, 710, 1, most - spare},
		{"small ones are not", wal.State{First: 1, Last: 20, Messages: 20, Bytes: 710}, 710, 11, 10 + most - spare},
		{"some large ones are not", wal.State{First: 1, Last: 20, Messages: 20, Bytes: 710}, 710, 15, 10 + most - spare},
		{"nothing is", wal.State{First: 1, Last: 30, Messages: 30, Bytes: 720}, 720, 31, 720 + most - spare},
		{"what was not once", wal.State{First: 1, Last: 30, Messages: 30, Bytes: 720}, 720, 25, 720 + most - spare},
	} {
		if may := kept.mayAppend(is.held, is.stored, is.first, most); may != is.may {
			t.Errorf("%s: %d bytes may be stored in all, must be %d", is.what, may, is.may)
		}
	}
}

// Of what came before a start nobody noted how large it was.
func TestRoomAfterAStart(t *testing.T) {
	t.Parallel()
	kept, held := needed{}, wal.State{First: 1, Last: 10, Messages: 10, Bytes: 300}
	if may := kept.mayAppend(held, 0, 5, 800); may != 500+4*30-100 {
		t.Errorf("%d bytes may be stored while what came before the start is needed", may)
	}
	if may := kept.mayAppend(held, 0, 11, 800); may != 700 {
		t.Errorf("%d bytes may be stored when nothing is needed", may)
	}
}
