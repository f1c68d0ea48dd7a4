// SPDX-License-Identifier: Apache-2.0

package lasting

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func reopen(t *testing.T, path string) (f *file, content []byte, said string) {
	t.Helper()
	var log bytes.Buffer
	f, content, err := openFile(path, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.close() })
	return f, content, log.String()
}

// Wherever a write is cut off, what is read is what was being written or what was before.
func TestAWriteThatIsCutOffAnywhere(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "counters")
	f, _, _ := reopen(t, path)
	for _, content := range []string{"first", "second, longer"} {
		if err := f.write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	before := whole(t, path)
	if err := f.write([]byte("the third")); err != nil {
		t.Fatal(err)
	}
	after := whole(t, path)
	place := int(f.turn%2) * int(f.place)
	warned := 0
	for cut := range headSize + len("the third") + 1 {
		torn := bytes.Clone(before)
		copy(torn[place:place+cut], after[place:])
		if err := os.WriteFile(path, torn, 0o600); err != nil {
			t.Fatal(err)
		}
		again, content, said := reopen(t, path)
		want := "second, longer"
		if bytes.Equal(torn, after) {
			want = "the third"
		}
		if string(content) != want {
			t.Fatalf("cut off after %d bytes, %q is read, must be %q", cut, content, want)
		}
		warned += strings.Count(said, "cut off")
		if err := again.write([]byte("the fourth")); err != nil {
			t.Fatal(err)
		}
		if _, content, said := reopen(t, path); string(content) != "the fourth" || said != "" {
			t.Fatalf("cut off after %d bytes, %q is read after one more write; %s", cut, content, said)
		}
	}
	if warned == 0 {
		t.Error("nothing was said of it")
	}
}

func TestAFileThatIsNotReadableBeginsAnew(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func([]byte) []byte{
		"empty":     func([]byte) []byte { return nil },
		"short":     func(whole []byte) []byte { return whole[:9] },
		"zeros":     func(whole []byte) []byte { return make([]byte, len(whole)) },
		"something": func(whole []byte) []byte { return bytes.Repeat([]byte("x"), len(whole)) },
	} {
		path := filepath.Join(t.TempDir(), "counters")
		f, _, _ := reopen(t, path)
		if err := f.write([]byte("content")); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, damage(whole(t, path)), 0o600); err != nil {
			t.Fatal(err)
		}
		again, content, said := reopen(t, path)
		if len(content) > 0 || !strings.Contains(said, "level=ERROR") || !strings.Contains(said, "not readable") {
			t.Errorf("%s: %q is read; said is %q", name, content, said)
		}
		if err := again.write([]byte("new")); err != nil {
			t.Fatal(err)
		}
		if _, content, said := reopen(t, path); string(content) != "new" || said != "" {
			t.Errorf("%s: after a write %q is read; said is %q", name, content, said)
		}
	}
}

func TestContentsGrow(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "counters")
	f, _, _ := reopen(t, path)
	for size := 1; size < 8*firstPlace; size *= 3 {
		for turn := range 3 {
			want := bytes.Repeat(fmt.Append(nil, turn), size)
			if err := f.write(want); err != nil {
				t.Fatal(err)
			}
			if _, content, said := reopen(t, path); !bytes.Equal(content, want) || said != "" {
				t.Fatalf("%d bytes written, %d read; said is %q", len(want), len(content), said)
			}
		}
	}
	if left, err := filepath.Glob(path + ".*"); err != nil || len(left) > 0 {
		t.Errorf("%v is left; %v", left, err)
	}
}

// What does not fit and finds no room elsewhere leaves what is there.
func TestAFileThatCannotGrow(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "counters")
	f, _, _ := reopen(t, path)
	if err := os.Mkdir(path+".tmp", 0o700); err != nil {
		t.Fatal(err)
	}
	for _, content := range []string{"before", "after"} {
		if err := f.write([]byte(content)); err != nil {
			t.Fatal(err)
		}
		if err := f.write(make([]byte, firstPlace)); err == nil {
			t.Fatal("it grew")
		}
		if _, read, said := reopen(t, path); string(read) != content || said != "" {
			t.Fatalf("%q is read, must be %q; said is %q", read, content, said)
		}
	}
}

func whole(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
