// SPDX-License-Identifier: Apache-2.0

package vendor

import (
	"net/http"
	"time"
)

// PushProvider wakes phones: quick, and strict about the rate (calls per second).
func PushProvider(rate float64) Terms {
	return Terms{
		Name: "push.pigeonpost.example", Path: "/3/notifications", Status: http.StatusOK,
		Schema: Schema{"token", "alert"}, Median: 45 * time.Millisecond, Spread: 0.5, Rate: rate,
	}
}

// HelpDesk keeps tickets: slower, with a long tail.
func HelpDesk(rate float64) Terms {
	return Terms{
		Name: "api.deskwell.example", Path: "/v2/tickets", Status: http.StatusCreated,
		Schema: Schema{"external_id", "case", "requester", "subject", "priority"},
		Median: 140 * time.Millisecond, Spread: 0.6, Rate: rate,
	}
}

// CRM keeps contacts.
func CRM(rate float64) Terms {
	return Terms{
		Name: "rest.custora.example", Path: "/activities", Status: http.StatusCreated,
		Schema: Schema{"external_id", "contact", "kind", "note"},
		Median: 80 * time.Millisecond, Spread: 0.5, Rate: rate,
	}
}
