// SPDX-License-Identifier: Apache-2.0

package clocks_test

import (
	"fmt"
	"time"

	"github.com/hopstamp/hopstamp/internal/track/clocks"
)

// How an assessor corrects the wait between two stamps of a journey. What it feeds
// may be a sample of the journeys; what it corrects is every wait between two hosts.
func Example() {
	const gateway, worker clocks.Host = 7, 8 // symbols of the tracker
	c := clocks.New(clocks.Defaults())
	now := time.Unix(1_800_000_000, 0).UnixNano() // the log's time

	// The worker's clock is 3 s behind: what the gateway publishes is consumed
	// before it was published, by 3 s less the 20 to 24 ms that it was under way.
	for i := range int64(600) {
		now += int64(100 * time.Millisecond)
		published := now - int64(500*time.Millisecond)
		consumed := published + int64(20*time.Millisecond) + i%5*int64(time.Millisecond) - int64(3*time.Second)
		c.Heard(gateway, published, now)                         // of each record: its host, its end, the batch's Received
		c.Heard(worker, consumed, now)                           //
		c.Passage(gateway, worker, published, consumed, now)     // of two joined stamps of different hosts
		c.RoundTrip(gateway, gateway, now-5, now-4, now, now, 0) // of a call; one host alone says nothing
	}

	e := c.Offset(gateway, worker, now)
	raw := -2900 * time.Millisecond // from the end of the one to the start of the other
	likely, low, high := e.Wait(int64(raw), 0)
	fmt.Println("known", e.Known, "suspect", e.Suspect)
	fmt.Println("offset", time.Duration(e.Offset).Round(time.Millisecond))
	fmt.Println("wait", time.Duration(likely).Round(time.Millisecond), "at least", time.Duration(low).Round(time.Millisecond),
		"at most about", time.Duration(high).Round(time.Millisecond))
	for _, s := range c.Sources(now) {
		fmt.Println("host", s.Host, "is off by", time.Duration(s.Offset).Round(100*time.Millisecond))
	}
	// Output:
	// known true suspect false
	// offset -2.98s
	// wait 80ms at least 80ms at most about 80ms
	// host 7 is off by 0s
	// host 8 is off by -3s
}
