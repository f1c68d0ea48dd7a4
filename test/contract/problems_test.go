// SPDX-License-Identifier: Apache-2.0

package contract_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/hopstamp/hopstamp/test/server"
)

// What cannot be answered is said in one shape, with words of what to do.
func TestProblems(t *testing.T) {
	t.Parallel()
	s := server.Start(t, server.Options{})
	for _, test := range []struct {
		call     string
		status   int
		location string // in errors; empty: none must be named
		says     string // in detail
	}{
		{"/messages/nobody-knows-this", 404, "", "nobody-knows-this"},
		{"/messages/00000000000000000000000000000001", 404, "", "00000000000000000000000000000001"},
		{"/deliveries?since=yesterday", 422, "query.since", "15m"},
		{"/deliveries?since=-5m", 422, "query.since", "15m"},
		{"/deliveries?until=soon", 422, "query.until", "15m"},
		{"/deliveries?since=5m&until=10m", 422, "query.until", "before since"},
		{"/deliveries?slower_than=fast", 422, "query.slower_than", "500ms"},
		{"/deliveries?limit=0", 422, "query.limit", ""},
		{"/deliveries?limit=1001", 422, "query.limit", ""},
		{"/deliveries?limit=many", 422, "query.limit", ""},
		{"/deliveries?cursor=nonsense", 422, "query.cursor", "cursor"},
		{"/deliveries?colour=red", 422, "query.colour", ""},
		{"/deliveries?by=path", 422, "query.by", ""},
		{"/ledger?by=colour", 422, "query.by", "colour"},
		{"/ledger?by=path,,verdict", 422, "query.by", ""},
		{"/ledger?by=path&since=yesterday", 422, "query.since", "15m"},
		{"/ledger?by=path&limit=5", 422, "query.limit", ""},
		{"/paths?since=yesterday", 422, "query.since", "15m"},
		{"/status?colour=red", 422, "query.colour", ""},
		{"/nothing", 404, "", "/api/v1/nothing"},
	} {
		answer := s.Get(t, "/api/v1"+test.call)
		var problem server.Problem
		if kind := answer.Header.Get("Content-Type"); kind != "application/problem+json" {
			t.Errorf("%s: status %d of type %s: %q", test.call, answer.Status, kind, answer.Body)
			continue
		}
		if err := json.Unmarshal(answer.Body, &problem); err != nil {
			t.Errorf("%s: %v", test.call, err)
		}
		if answer.Status != test.status || problem.Status != test.status || problem.Title == "" || problem.Detail == "" || !strings.Contains(problem.Detail, test.says) {
			t.Errorf("%s: status %d, %+v; must be %d and say %q", test.call, answer.Status, problem, test.status, test.says)
		}
		named := len(problem.Errors) > 0 && problem.Errors[0].Location == test.location && problem.Errors[0].Message != ""
		if test.location != "" && !named || test.location == "" && len(problem.Errors) > 0 {
			t.Errorf("%s: errors %+v, must name %q", test.call, problem.Errors, test.location)
		}
	}
}
