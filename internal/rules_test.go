// SPDX-License-Identifier: Apache-2.0

// Package internal_test keeps the rules of the house that a compiler does not know:
// who may import whom, which heavy dependency has which door, and what is pure.
package internal_test

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/hopstamp/hopstamp/"

// may lists, for each of our packages, which others of ours it may import. A step
// never imports the next step; app joins them. A package that is not listed here
// has to be thought about first.
var may = map[string][]string{
	"internal/pack":    {},                // leaf: reads what was appended
	"internal/span":    {"internal/pack"}, // the record that travels
	"internal/journey": {"internal/span"},
	"internal/config":  {"internal/span"},
	"internal/receive": {"internal/span", "wire"},
	"internal/wal":     {"internal/crashpoint"}, // stores bytes and does not look into them
	"internal/memory":  {},                      // leaf: large pages from the system
	"internal/flat":    {},                      // leaf: state without pointers
	"internal/track":   {"internal/pack", "internal/flat", "internal/span", "internal/journey"},

	// In the tracker: what is held, what is known of it, and what follows.
	"internal/track/clocks": {"internal/pack", "internal/flat", "internal/span"},
	"internal/track/frames": {"internal/pack", "internal/flat", "internal/span"},
	"internal/track/state":  {"internal/pack", "internal/flat", "internal/span", "internal/journey", "internal/track/clocks", "internal/track/frames"},
	"internal/track/join":   {"internal/span", "internal/track/state"},
	"internal/track/relay":  {"internal/span", "internal/journey", "internal/track/join", "internal/track/state"},
	"internal/track/gather": {"internal/span", "internal/track/state"},
	"internal/track/assess": {"internal/span", "internal/journey", "internal/track/clocks", "internal/track/gather", "internal/track/state"},

	"internal/count":    {"internal/pack", "internal/span", "internal/journey"},
	"internal/sample":   {"internal/pack", "internal/span", "internal/journey"},
	"internal/lasting":  {"internal/crashpoint"},
	"internal/forward":  {}, // sends bytes and does not look into them
	"internal/store":    {"internal/span", "internal/journey", "internal/crashpoint"},
	"internal/query":    {"internal/span", "internal/journey", "internal/store"},
	"internal/api":      {"internal/span", "internal/journey", "internal/track", "internal/count", "internal/query"},
	"internal/terminal": {"internal/journey", "internal/api"},
	"internal/app": {"internal/config", "internal/crashpoint", "internal/span", "internal/journey", "internal/memory", "internal/receive", "internal/receive/otlp", "internal/wal", "internal/track",
		"internal/count", "internal/sample", "internal/forward", "internal/lasting", "internal/store", "internal/query", "internal/api", "web"},
	"cmd/hopstamp": {"internal/app", "internal/config", "internal/api", "internal/terminal", "demo"},
	"web":          {},
	"wire":         {},

	"internal/crashpoint": {}, // leaf: where a crash test may end the process
}

// doors say which packages may use a heavy dependency, and why only they.
var doors = []struct {
	prefix string
	open   []string
	why    string
}{
	{"github.com/nats-io/", []string{"internal/wal", "demo"}, "JetStream is the log's business (the demo platform has a broker of its own)"},
	{"github.com/prometheus/prometheus", []string{"internal/store", "internal/query"}, "the TSDB is stored in one place and asked in one"},
	{"github.com/duckdb/", []string{"internal/query"}, "DuckDB needs cgo and memory: one door keeps both in sight"},
	{"github.com/parquet-go/", []string{"internal/store"}, "the format of the parts is one package's secret"},
	{"go.opentelemetry.io/collector", []string{"internal/receive"}, "what comes after the receivers knows stamps, not OTLP"},
	{"go.opentelemetry.io/proto", []string{"internal/receive"}, "what comes after the receivers knows stamps, not OTLP"},
	{"go.opentelemetry.io/otel", []string{"demo"}, "the server is watched by its own metrics; the SDK belongs to the watched"},
	{"google.golang.org/grpc", []string{"internal/receive"}, "OTLP is the only gRPC we speak"},
	{"github.com/danielgtaylor/huma", []string{"internal/api"}, "the HTTP framework stays behind the HTTP interface"},
	{"github.com/spf13/", []string{"cmd/hopstamp"}, "flags end in the command"},
	{"github.com/prometheus/alertmanager", []string{"internal/notify"}, "notifications are one step"},
}

// pure packages are folds of the log: no clock, goroutine, lock, disk or dice.
var pure = []string{"internal/pack", "internal/flat", "internal/span", "internal/journey", "internal/track", "internal/count", "internal/sample", "internal/terminal"}

// source is a file that is not a test.
type source struct {
	dir  string // of the package, from the module's root
	name string
	file *ast.File
}

// sources parses every Go file of the module but tests, generators and other modules.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	files := token.NewFileSet()
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel("..", path)
		if entry.IsDir() && (entry.Name() == "node_modules" || rel == "bench" || rel == "test" || strings.HasPrefix(entry.Name(), ".") && rel != "." || entry.Name() == "generate") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		parsed, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("parse %s: %w", rel, err)
		}
		all = append(all, source{filepath.ToSlash(filepath.Dir(rel)), rel, parsed})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 50 {
		t.Fatalf("found only %d files: the walk is broken", len(all))
	}
	return all
}

func (s *source) imports() (paths []string) {
	for _, spec := range s.file.Imports {
		paths = append(paths, strings.Trim(spec.Path.Value, `"`))
	}
	return paths
}

// under tells whether a package is one of some, or below one.
func under(dir string, roots []string) bool {
	return slices.ContainsFunc(roots, func(root string) bool { return dir == root || strings.HasPrefix(dir, root+"/") })
}

// stepOf is the listed package that a package is, or is a part of: the nearest.
func stepOf(dir string) string {
	nearest := ""
	for step := range may {
		if under(dir, []string{step}) && len(step) > len(nearest) {
			nearest = step
		}
	}
	return cmp.Or(nearest, dir)
}

func TestStepsDoNotImportTheNextStep(t *testing.T) {
	for _, s := range sources(t) {
		for _, path := range s.imports() {
			ours, ok := strings.CutPrefix(path, module)
			if !ok {
				continue
			}
			if under(s.dir, []string{"demo"}) {
				if !under(ours, []string{"demo", "wire"}) {
					t.Errorf("%s imports %s: the demo platform knows Hopstamp only through OpenTelemetry", s.name, ours)
				}
				continue
			}
			step := stepOf(s.dir)
			allowed, known := may[step]
			if !known {
				t.Errorf("%s: package %s has no import rule; add it to may", s.name, s.dir)
			} else if !under(ours, []string{step}) && !slices.Contains(allowed, ours) {
				t.Errorf("%s imports %s, which %s may not", s.name, ours, step)
			}
		}
	}
}

func TestHeavyDependenciesHaveOneDoor(t *testing.T) {
	used := map[string]bool{}
	for _, s := range sources(t) {
		for _, path := range s.imports() {
			for _, door := range doors {
				if !strings.HasPrefix(path, door.prefix) {
					continue
				}
				used[door.prefix] = true
				if !under(s.dir, door.open) {
					t.Errorf("%s imports %s: %s", s.name, path, door.why)
				}
			}
		}
	}
	if !used["github.com/nats-io/"] || !used["github.com/duckdb/"] {
		t.Error("the doors are not used at all: the check sees nothing")
	}
}

func TestTheCoreIsPure(t *testing.T) {
	forbidden := map[string]string{"sync": "locks", "sync/atomic": "shared memory", "os": "the world", "net": "the world", "net/http": "the world",
		"math/rand": "dice", "math/rand/v2": "dice", "crypto/rand": "dice", "context": "cancellation", "log/slog": "output"}
	seen := 0
	for _, s := range sources(t) {
		if !slices.ContainsFunc(pure, func(dir string) bool { return s.dir == dir || strings.HasPrefix(s.dir, dir+"/") }) {
			continue
		}
		seen++
		for _, path := range s.imports() {
			if what := forbidden[path]; what != "" {
				t.Errorf("%s imports %s: %s has no place in a pure package", s.name, path, what)
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s starts a goroutine", s.name)
			case *ast.ChanType:
				t.Errorf("%s has a channel", s.name)
			case *ast.SelectorExpr:
				if of, ok := n.X.(*ast.Ident); ok && of.Name == "time" && slices.Contains([]string{"Now", "Since", "Until", "After", "Sleep", "NewTimer", "NewTicker", "Tick", "AfterFunc"}, n.Sel.Name) {
					t.Errorf("%s asks the clock: time.%s", s.name, n.Sel.Name)
				}
			case *ast.FuncDecl:
				if n.Name.Name == "init" && n.Recv == nil {
					t.Errorf("%s has an init function", s.name)
				}
			}
			return true
		})
	}
	if seen < 10 {
		t.Errorf("looked at %d files only", seen)
	}
}

func TestPackagesAreNamedByTheirIdea(t *testing.T) {
	nameless := []string{"util", "utils", "common", "helper", "helpers", "types", "models", "pkg", "base", "misc", "shared", "lib"}
	for _, s := range sources(t) {
		if slices.Contains(nameless, filepath.Base(s.dir)) {
			t.Errorf("%s: %q says nothing of what is in it", s.name, filepath.Base(s.dir))
		}
	}
}
