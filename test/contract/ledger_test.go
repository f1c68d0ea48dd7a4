// SPDX-License-Identifier: Apache-2.0

package contract_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hopstamp/hopstamp/test/fates"
	"github.com/hopstamp/hopstamp/test/server"
)

func TestLedger(t *testing.T) {
	t.Parallel()
	k := startKnown(t)
	for _, by := range [][]string{{"verdict"}, {"path", "verdict", "timeliness"}, {"tenant", "channel"}, {"destination", "hop", "reason"}, {"minute", "path"}} {
		ledger, err := server.Ask[server.Ledger](k.Server, "/ledger", "by", strings.Join(by, ","))
		if err != nil {
			t.Error(err)
			continue
		}
		if !slices.Equal(ledger.By, by) || !ledger.Exact || ledger.Total != k.truth.Deliveries || ledger.Position == 0 || !ledger.Since.Before(ledger.Until) {
			t.Errorf("by %v: %+v", by, ledger)
		}
		if differences := fates.Differences(k.truth.Ledger(by...), lines(by, ledger.Rows)); len(differences) > 0 {
			t.Errorf("by %v:\n%s", by, strings.Join(differences, "\n"))
		}
	}
	only, err := server.Ask[server.Ledger](k.Server, "/ledger", "by", "reason", "verdict", "stuck", "path", "chat")
	if want := k.truth.Ledger("verdict")["verdict=stuck "]; err != nil || only.Total != want {
		t.Errorf("filtered: %d, must be %d; %v", only.Total, want, err)
	}
	recent, err := server.Ask[server.Ledger](k.Server, "/ledger", "by", "verdict", "since", "2m")
	if err != nil || recent.Total != 0 || recent.Rows == nil {
		t.Errorf("of the last two minutes: %+v, must be an empty list; %v", recent, err)
	}
}

func lines(by []string, rows []map[string]any) map[string]int64 {
	counted := map[string]int64{}
	for _, row := range rows {
		count, _ := row["count"].(float64)
		counted[fates.Line(by, func(dimension string) string { return fmt.Sprint(row[dimension]) })] += int64(count)
	}
	return counted
}
