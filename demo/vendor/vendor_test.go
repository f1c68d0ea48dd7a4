// SPDX-License-Identifier: Apache-2.0

package vendor_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/demo/vendor"
)

func TestSchemaSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	schema := vendor.Schema{"id", "text"}
	for body, want := range map[string]string{
		`{"id":"1","text":"hi"}`:             "",
		`{"id":"1"}`:                         `field "text" is required`,
		`{"id":"1","text":""}`:               `field "text" is required`,
		`{"id":"1","text":"hi","colour":""}`: `field "colour" is unknown`,
		`{"id":1,"text":"hi"}`:               "body: want one JSON object with text fields",
		`[]`:                                 "body: want one JSON object with text fields",
	} {
		got := ""
		if err := schema.Check(strings.NewReader(body)); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}

// start runs a quick vendor that wants one field.
func start(t *testing.T, rate float64) *vendor.Vendor {
	t.Helper()
	v, err := vendor.Start(vendor.Terms{
		Name: "api.vendor.example", Path: "/things", Schema: vendor.Schema{"id"}, Status: http.StatusCreated,
		Median: time.Microsecond, Rate: rate,
	}, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Stop)
	return v
}

func post(t *testing.T, v *vendor.Vendor) (*http.Response, string) {
	t.Helper()
	response, err := v.Client().Post("http://"+v.Name()+"/things", "application/json", strings.NewReader(`{"id":"1"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

func TestRequireRefusesUntilTheSchemaIsRestored(t *testing.T) {
	t.Parallel()
	v := start(t, 1000)
	v.Require("severity")
	if response, body := post(t, v); response.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(body, `"severity" is required`) {
		t.Errorf("with another field required: %d %s", response.StatusCode, body)
	}
	v.RestoreSchema()
	if response, body := post(t, v); response.StatusCode != http.StatusCreated {
		t.Errorf("restored: %d %s", response.StatusCode, body)
	}
}

func TestLimitRefusesUntilItIsRestored(t *testing.T) {
	t.Parallel()
	v := start(t, 1000)
	v.LimitTo(0.001)
	post(t, v) // may still find the one call that a bucket holds at least
	response, _ := post(t, v)
	if response.StatusCode != http.StatusTooManyRequests || response.Header.Get("Retry-After") != "5" {
		t.Errorf("over the limit: %d, Retry-After %q; want 429 and the longest wait",
			response.StatusCode, response.Header.Get("Retry-After"))
	}
}
