// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"errors"
	"fmt"
	"hash/maphash"
	"reflect"
	"sync"
	"testing"
)

// handed takes all that waits, by its first byte, and gives it back.
func handed(h *handover) (firsts string, over bool) {
	for {
		message, over := h.next()
		if message == nil {
			return firsts, over
		}
		firsts += string((*message.buffer)[:1])
		message.giveBack()
	}
}

func TestHandoverHoldsWhatIsStoredSinceItWasOpened(t *testing.T) {
	t.Parallel()
	var d desk
	var free sync.Pool
	hand := func(content string) {
		buffer := []byte(content)
		message := lend(&buffer, &free)
		d.hand(message)
		message.giveBack()
	}
	hand("a")
	first := d.open()
	hand("b")
	second := d.open()
	hand("c")
	if got, over := handed(first); got != "bc" || over {
		t.Errorf("the first is handed %q, over: %v", got, over)
	}
	if got, over := handed(second); got != "c" || over {
		t.Errorf("the second is handed %q, over: %v", got, over)
	}
	second.close()
	hand("d")
	d.fail()
	hand("e")
	if got, over := handed(first); got != "" || !over {
		t.Errorf("after a failed commit %q is handed, over: %v", got, over)
	}
	if len(d.handovers) != 1 {
		t.Errorf("%d handovers are open, want 1", len(d.handovers))
	}
}

func TestHandoverIsOverWhenTooMuchWaits(t *testing.T) {
	t.Parallel()
	var d desk
	var free sync.Pool
	slow, quick := d.open(), d.open()
	for range 5 {
		buffer := make([]byte, handedAhead/4)
		message := lend(&buffer, &free)
		d.hand(message)
		message.giveBack()
		if _, over := handed(quick); over {
			t.Error("the one that takes all is over")
		}
	}
	if got, over := handed(slow); got != "" || !over {
		t.Errorf("the one that takes nothing holds %d messages, over: %v", len(got), over)
	}
}

func TestLentBytesComeBackWhenNobodyHoldsThem(t *testing.T) {
	t.Parallel()
	var d desk
	var free sync.Pool
	buffer := []byte("a")
	message := lend(&buffer, &free)
	first, second := d.open(), d.open()
	d.hand(message)
	message.giveBack()
	delivered, _ := first.next()
	second.close()
	if string(*delivered.buffer) != "a" {
		t.Errorf("while one delivers it, the message is %q", *delivered.buffer)
	}
	delivered.giveBack()
	if len(buffer) != 0 {
		t.Errorf("nobody holds it, and it is still %q", buffer)
	}
	first.close()
}

// Followers that keep up, that fall behind and that come later have to see the same.
func TestAllFollowersSeeWhatTheServerHolds(t *testing.T) {
	t.Parallel()
	l := openLog(t, Options{Sync: SyncInterval})
	const senders, each = 4, 100
	const size = 3 * handedAhead / (senders * each) // in all, more than the one behind waits for
	seed := maphash.MakeSeed()
	see := func(behind bool) (seen []string) {
		chunks := 0
		err := l.Follow(t.Context(), 0, 1, func(m Message) error {
			for behind && m.Position == 1 {
				if state, err := l.State(0); err != nil || state.Bytes > 2*handedAhead {
					break
				}
			}
			seen = append(seen, fmt.Sprint(m.Position, m.Skipped, len(m.Data), maphash.Bytes(seed, m.Data)))
			if chunks += len(names(t, m.Data)); chunks == senders*each {
				return errEnough
			}
			return nil
		})
		if !errors.Is(err, errEnough) {
			t.Errorf("follow ended with %v", err)
		}
		return seen
	}
	var all sync.WaitGroup
	var quick, slow []string
	all.Go(func() { quick = see(false) })
	all.Go(func() { slow = see(true) })
	for sender := range senders {
		all.Go(func() {
			for i := range each {
				if _, err := l.Append(t.Context(), 0, chunk(fmt.Sprint(sender, ".", i), size)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	stored := see(false)
	if !reflect.DeepEqual(quick, stored) || !reflect.DeepEqual(slow, stored) {
		t.Errorf("of %d messages one that keeps up saw %d and one that fell behind %d, or others", len(stored), len(quick), len(slow))
	}
}
