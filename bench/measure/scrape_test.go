// SPDX-License-Identifier: Apache-2.0

package measure

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestScrapesAreCountedAndSoAreThoseThatFail(t *testing.T) {
	t.Parallel()
	answered := map[string]chan struct{}{"/metrics": make(chan struct{}, 1000), "/other": make(chan struct{}, 1000)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/metrics" {
			w.WriteHeader(http.StatusInternalServerError)
		}
		answered[r.URL.Path] <- struct{}{}
	}))
	defer server.Close()
	begin := func(path string) *scraper { return scrape(t.Context(), server.URL+path, time.Millisecond) }
	good, bad := begin("/metrics"), begin("/other")
	for _, asked := range answered {
		<-asked
		<-asked // so the first was counted
	}
	if scrapes, failures := good.stop(); scrapes == 0 || failures != 0 {
		t.Errorf("%d scrapes and %d failures of one that answers", scrapes, failures)
	}
	if scrapes, failures := bad.stop(); scrapes != 0 || failures == 0 {
		t.Errorf("%d scrapes and %d failures of one that does not", scrapes, failures)
	}
}
