// SPDX-License-Identifier: Apache-2.0

package journey

import "testing"

func TestEveryJoinRuleHasItsRow(t *testing.T) {
	t.Parallel()
	rules := JoinRules()
	if len(rules) != int(ByConversation)+1 {
		t.Fatalf("%d rows for %d rules", len(rules), ByConversation+1)
	}
	for i, rule := range rules {
		if rule.Rule != Rule(i) || rule.Matches == "" || rule.Scope == "" || rule.Example == "" {
			t.Errorf("row %d: %+v", i, rule)
		}
		if n := len(rule.Trusted); n == 0 || rule.Trusted[n-1].When != "" {
			t.Errorf("%s: the last confidence has to hold otherwise: %+v", rule.Rule, rule.Trusted)
		}
	}
}
