// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"testing"

	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/span"
)

func TestNoPolicyAppliesToAUsualDelivery(t *testing.T) {
	t.Parallel()
	for _, s := range []*Sampler{New(Options{}), New(Options{Tenants: []string{"acme"}})} {
		usual := 0
		for verdict := range journey.NumVerdicts {
			for timeliness := range journey.NumTimeliness {
				for _, tenant := range []string{"", "acme"} {
					for retries := range 2 {
						d := journey.Delivery{Verdict: verdict, Timeliness: timeliness, Retries: retries}
						d.Dims[span.Tenant] = tenant
						if !s.usual(&d) {
							continue
						}
						usual++
						for p, applies := range deliveryPolicies {
							if applies != nil && applies(s, &d) {
								t.Errorf("%s applies to %+v", Policy(p), d)
							}
						}
					}
				}
			}
		}
		if (usual == 0) != (len(s.tenants) > 0) {
			t.Errorf("%d deliveries are usual beside %d tenants", usual, len(s.tenants))
		}
	}
}
