// SPDX-License-Identifier: Apache-2.0

package contract_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/test/fates"
	"github.com/hopstamp/hopstamp/test/server"
)

func TestMessageCommand(t *testing.T) {
	t.Parallel()
	s := server.Start(t, server.Options{})
	tellBeginner(t, s, time.Now())
	m, err := s.Message(beginnerKey)
	if err != nil {
		t.Fatal(err)
	}
	address := strings.TrimPrefix(s.URL, "http://")
	for _, given := range []string{s.URL, address} {
		text, problems, code := server.Command(t, "message", beginnerTrace, "--server", given)
		for _, say := range []string{beginnerKey, m.Sentence, "accepted", "published", "processed", "invoked", "sent", "vendor.example", beginnerTrace} {
			if !strings.Contains(text, say) {
				t.Errorf("the text does not say %q:\n%s", say, text)
			}
		}
		if code != 0 || problems != "" {
			t.Errorf("exit code %d, %s", code, problems)
		}
		for line := range strings.Lines(text) {
			if strings.TrimRight(line, " \n") != strings.TrimRight(line, "\n") {
				t.Errorf("line %q ends in blanks", line)
			}
		}
	}
	out, _, code := server.Command(t, "message", beginnerKey, "--server", s.URL, "-o", "json")
	var same server.Message
	if err := json.Unmarshal([]byte(out), &same); err != nil || code != 0 || same.Key != m.Key || len(same.Stamps) != len(m.Stamps) {
		t.Errorf("-o json: exit code %d, %v: %s", code, err, out)
	}
}

func TestExitCodesOfMessage(t *testing.T) {
	t.Parallel()
	s := server.Start(t, server.Options{})
	for _, test := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"message", "nobody-knows-this", "--server", s.URL}, 3, "nobody-knows-this"},
		{[]string{"message", "nobody/knows?this", "--server", s.URL, "-o", "json"}, 3, "nobody/knows?this"},
		{[]string{"message", "m-1", "--server", "127.0.0.1:1"}, 1, "is hopstamp running there"},
		{[]string{"message", "m-1", "--server", s.URL, "-o", "xml"}, 1, "text or json"},
		{[]string{"message"}, 1, "arg"},
		{[]string{"no-such-command"}, 1, "no-such-command"},
	} {
		out, problems, code := server.Command(t, test.args...)
		if code != test.code || out != "" || !strings.Contains(problems, test.says) {
			t.Errorf("%v: exit code %d, %q, %q; must be %d and say %q", test.args, code, out, problems, test.code, test.says)
		}
	}
}

func TestCheckCommand(t *testing.T) {
	t.Parallel()
	good := file(t, fates.Config)
	out, problems, code := server.Command(t, "check", good)
	if code != 0 || problems != "" || !strings.Contains(out, "3 paths") || !strings.Contains(out, "until rendered") {
		t.Errorf("a good file: exit code %d, %s%s", code, out, problems)
	}
	out, _, code = server.Command(t, "check", good, "-o", "json")
	var said struct {
		Paths []struct{ Name, Until string }
	}
	if err := json.Unmarshal([]byte(out), &said); err != nil || code != 0 || len(said.Paths) != 3 || said.Paths[0].Until != "rendered" {
		t.Errorf("-o json: exit code %d, %v: %s", code, err, out)
	}
	for wrong, says := range map[string]string{
		"paths: [{name: chat, match: {route: /x}, until: seen}]\n":                "seen",
		"paths: [{name: chat, match: {}}]\n":                                      "match",
		"paths: [{name: a, match: {route: /x}}, {name: a, match: {route: /y}}]\n": "a",
		"paths: [{name: default, match: {route: /x}}]\n":                          "default",
		"colour: red\n":                            "colour",
		"defaults: {deadline: soon}\n":             "soon",
		"defaults: {deadline: 10m, give_up: 5s}\n": "give_up",
		"dimensions: {colour: [x]}\n":              "colour",
		"log: {fsync: sometimes}\n":                "sometimes",
		"listen: [1\n":                             "yaml",
	} {
		out, problems, code := server.Command(t, "check", file(t, wrong))
		if code != 1 || out != "" || !strings.Contains(problems, says) {
			t.Errorf("%q: exit code %d, %q, %q; must be 1 and say %q", wrong, code, out, problems, says)
		}
	}
	if _, problems, code := server.Command(t, "check", "no-such-file.yaml"); code != 1 || !strings.Contains(problems, "no-such-file.yaml") {
		t.Errorf("a file that is not there: exit code %d, %q", code, problems)
	}
}

func file(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "hopstamp.yaml")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestHelpHasExamples(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"serve", "demo", "message", "check"} {
		out, _, code := server.Command(t, command, "--help")
		if code != 0 || !strings.Contains(out, "Examples:\n  hopstamp "+command) {
			t.Errorf("%s --help: exit code %d and no example:\n%s", command, code, out)
		}
	}
}
