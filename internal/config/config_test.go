// SPDX-License-Identifier: Apache-2.0

package config

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestFileIsReadOverTheDefaults(t *testing.T) {
	c, err := Parse([]byte(`
paths:
  - name: chat
    match: {service: gateway, route: /v1/messages}
    until: rendered
    deadline: 2s
  - name: jobs
    match: {destination: jobs}
    stages: [published, processed]
    give_up: 1h
defaults: {deadline: 7s, give_up: 9m}
dimensions:
  tenant: [org.id]
log: {max_age: 2h}
`))
	if err != nil {
		t.Fatal(err)
	}
	chat, jobs := c.Paths[0], c.Paths[1]
	if chat.Deadline != 2*time.Second || chat.GiveUp != 9*time.Minute || chat.Match.Route != "/v1/messages" {
		t.Errorf("chat is %+v", chat)
	}
	if jobs.Deadline != 7*time.Second || jobs.GiveUp != time.Hour {
		t.Errorf("jobs is %+v", jobs)
	}
	if got := c.Dimensions["tenant"]; len(got) != 1 || got[0] != "org.id" {
		t.Errorf("tenant comes from %v", got)
	}
	if got := c.Dimensions["region"]; len(got) != 2 {
		t.Errorf("region lost its defaults: %v", got)
	}
	if c.Log.MaxAge != 2*time.Hour || c.Log.MaxBytes != Default().Log.MaxBytes {
		t.Errorf("log is %+v", c.Log)
	}
}

func TestBackendsAreCompleted(t *testing.T) {
	c, err := Parse([]byte(`
sample:
  keep: {late: 0.5, stuck: false}
  forward:
    - endpoint: https://tempo.example/v1/traces
      headers: {X-Scope-OrgID: chat}
    - {endpoint: "http://localhost:4319/v1/traces", compression: none, timeout: 1s, give_up: 24h, queue_bytes: 67108864}
    - {endpoint: "http://localhost:4320/v1/traces", give_up: 0s}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := []Forward{
		{"https://tempo.example/v1/traces", map[string]string{"X-Scope-OrgID": "chat"}, "gzip", 10 * time.Second, 0, 256 << 20},
		{"http://localhost:4319/v1/traces", nil, "none", time.Second, 24 * time.Hour, 64 << 20},
		{"http://localhost:4320/v1/traces", nil, "gzip", 10 * time.Second, 0, 256 << 20},
	}
	if !reflect.DeepEqual(c.Sample.Forward, want) {
		t.Errorf("backends are %+v", c.Sample.Forward)
	}
	if keep := c.Sample.Keep; keep.Late != 0.5 || keep.Stuck || !keep.Failed || keep.Random != 0.01 {
		t.Errorf("what is kept lost its defaults: %+v", keep)
	}
}

func TestEmptyFileIsTheDefault(t *testing.T) {
	c, err := Parse(nil)
	if err != nil || c.Listen != Default().Listen {
		t.Fatalf("%+v, %v", c, err)
	}
}

// The documented file is the defaults, but for the path, the tenant and the backend
// that it shows.
func TestDocumentedFileIsTheDefault(t *testing.T) {
	page, err := os.ReadFile("../../docs/reference/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(page), "```yaml\n")
	text, _, _ = strings.Cut(text, "```")
	c, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Paths) != 1 || c.Paths[0].Name != "chat" {
		t.Fatalf("paths %+v, want the one that is documented", c.Paths)
	}
	if len(c.Sample.Forward) != 1 || len(c.Sample.Tenants) != 1 {
		t.Fatalf("sampling %+v, want the backend and the tenant that are documented", c.Sample)
	}
	c.Paths, c.Sample.Forward, c.Sample.Tenants = nil, nil, nil
	if want := Default(); !reflect.DeepEqual(c, want) {
		t.Errorf("the documented file says\n%+v\nthe defaults are\n%+v", c, want)
	}
}

func TestWhatCannotWorkIsNamed(t *testing.T) {
	for _, test := range []struct{ name, yaml, says string }{
		{"unknown key", "lisden: x", "lisden"},
		{"address", "listen: nowhere", `listen: "nowhere" is not host:port`},
		{"nameless path", "paths: [{match: {service: a}}]", "has no name"},
		{"reserved name", "paths: [{name: default, match: {service: a}}]", "the name is taken"},
		{"twice", "paths: [{name: a, match: {service: a}}, {name: a, match: {service: b}}]", "the name is taken"},
		{"matches nothing", "paths: [{name: a}]", "match says nothing"},
		{"unknown stage", "paths: [{name: a, match: {service: a}, until: seen}]", `until: "seen" is neither auto nor a stage`},
		{"order of stages", "paths: [{name: a, match: {service: a}, stages: [rendered, published]}]", `"published" cannot come after "rendered"`},
		{"gives up early", "defaults: {deadline: 1m, give_up: 1s}", "comes before the deadline"},
		{"unknown dimension", "dimensions: {colour: [a]}", `"colour" is not a dimension`},
		{"fsync", "log: {fsync: never}", "neither always nor interval"},
		{"share", "sample: {keep: {late: 2}}", "sample.keep.late: 2 is not a share from 0 (none) to 1 (all)"},
		{"no share", "sample: {keep: {random: .nan}}", "sample.keep.random: NaN is not a share"},
		{"policy", "sample: {keep: {faild: true}}", "faild"},
		{"not a switch", "sample: {keep: {failed: 0.5}}", "into bool"},
		{"quantile", "sample: {slow_quantile: 99}", "sample.slow_quantile: 99 is not between 0 and 1"},
		{"cap", "sample: {slow_cap: 0}", "keep.slow: 0 turns slow off"},
		{"budget", "sample: {spans_per_second: -1}", "sample.spans_per_second: -1"},
		{"short memory", "sample: {remember: 10s}", "sample.remember: 10s is shorter than the delay 1m30s"},
		{"delay", "sample: {delay: 0s}", "sample.delay: must be more than 0"},
		{"nobody", "sample: {tenants: ['']}", "every message without a tenant"},
		{"endpoint", "sample: {forward: [{endpoint: tempo:4318}]}", `sample.forward[0] "tempo:4318": endpoint is not a URL such as`},
		{"endpoint twice", "sample: {forward: [{endpoint: 'http://a/v1/traces'}, {endpoint: 'http://a/v1/traces'}]}", "is there twice"},
		{"compression", "sample: {forward: [{endpoint: 'http://a/v1/traces', compression: lz4}]}", `"lz4" is neither gzip nor none`},
		{"timeout", "sample: {forward: [{endpoint: 'http://a/v1/traces', timeout: -1s}]}", "timeout: must be more than 0"},
		{"give up", "sample: {forward: [{endpoint: 'http://a/v1/traces', give_up: 5s}]}", "give_up: 5s; it must be at least 1m"},
		{"give up before", "sample: {forward: [{endpoint: 'http://a/v1/traces', give_up: -1m}]}", "give_up: -1m0s; it must be at least 1m"},
		{"queue", "sample: {forward: [{endpoint: 'http://a/v1/traces', queue_bytes: 10}]}", "at least 33554432"},
		{"header", "sample: {forward: [{endpoint: 'http://a/v1/traces', headers: {'bad name': x}}]}", `headers: "bad name" cannot be sent`},
		{"header of ours", "sample: {forward: [{endpoint: 'http://a/v1/traces', headers: {content-type: x}}]}", `headers: "content-type" cannot be sent`},
		{"log too short", "log: {max_age: 1m}", "log.max_age: 1m0s is shorter than sample.delay (1m30s)"},
		{"no age", "store: {max_age: 0s}", "store.max_age: must be more than 0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse([]byte(test.yaml))
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("error %v, want one that says %q", err, test.says)
			}
		})
	}
}
