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

func TestEmptyFileIsTheDefault(t *testing.T) {
	c, err := Parse(nil)
	if err != nil || c.Listen != Default().Listen {
		t.Fatalf("%+v, %v", c, err)
	}
}

// The documented file is the defaults, but for the path that it shows.
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
	c.Paths = nil
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
