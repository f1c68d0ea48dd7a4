// SPDX-License-Identifier: Apache-2.0

package crashpoint

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// The table is what a crash test goes by: a point that nobody passes would be
// tested by name only, and one that is not listed not at all.
func TestEveryPointIsListedAndPassed(t *testing.T) {
	t.Parallel()
	listed, passed := map[string]Point{}, pointsInSources(t)
	for _, p := range Points() {
		if _, twice := listed[p.Name]; twice || p.When == "" {
			t.Errorf("%s: listed twice or without saying when", p.Name)
		}
		listed[p.Name] = p
		if len(passed[p.Name]) == 0 {
			t.Errorf("%s is listed, and nothing passes it", p.Name)
		}
	}
	for name, places := range passed {
		if _, ok := listed[name]; !ok {
			t.Errorf("%s is passed in %v, and not listed", name, places)
		}
	}
}

// pointsInSources are the places of all calls of crashpoint.At, by their name.
func pointsInSources(t *testing.T) map[string][]string {
	t.Helper()
	found, files := map[string][]string{}, token.NewFileSet()
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if name, ok := pointOf(n); ok {
				found[name] = append(found[name], files.Position(n.Pos()).String())
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// pointOf is the name in a call of crashpoint.At; one that is no literal cannot be listed.
func pointOf(n ast.Node) (name string, ok bool) {
	call, isCall := n.(*ast.CallExpr)
	if !isCall || len(call.Args) != 1 {
		return "", false
	}
	callee, isSelector := call.Fun.(*ast.SelectorExpr)
	if !isSelector || callee.Sel.Name != "At" {
		return "", false
	}
	if of, isIdent := callee.X.(*ast.Ident); !isIdent || of.Name != "crashpoint" {
		return "", false
	}
	literal, isLiteral := call.Args[0].(*ast.BasicLit)
	if !isLiteral {
		return "(not a literal)", true
	}
	name, err := strconv.Unquote(literal.Value)
	return name, err == nil
}
