// SPDX-License-Identifier: Apache-2.0

package server

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// binaryVariable names the hopstamp to test.
const binaryVariable = "HOPSTAMP_BIN"

// Run is the TestMain of a package that starts servers: it runs the tests on the binary
// that HOPSTAMP_BIN names (a relative one from the root of the module), or else on
// one that it builds first. It answers the exit code.
func Run(m *testing.M) int { return RunBinary(m, binaryVariable) }

// RunBinary does the same with a binary that another variable names, or that is
// built with some flags.
func RunBinary(m *testing.M, variable string, flags ...string) int {
	root, err := moduleRoot()
	if err != nil {
		return refuse(err)
	}
	path := os.Getenv(variable)
	if path == "" {
		folder, err := os.MkdirTemp("", "hopstamp-test-")
		if err != nil {
			return refuse(err)
		}
		defer os.RemoveAll(folder)
		path = filepath.Join(folder, "hopstamp")
		build := exec.Command("go", slices.Concat([]string{"build", "-o", path}, flags, []string{"./cmd/hopstamp"})...)
		build.Dir = root
		if out, err := build.CombinedOutput(); err != nil {
			return refuse(fmt.Errorf("build hopstamp: %w\n%s", err, out))
		}
	}
	if !filepath.IsAbs(path) {
		path = filepath.Join(root, path)
	}
	if err := os.Setenv(binaryVariable, path); err != nil {
		return refuse(err)
	}
	return m.Run()
}

func refuse(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

func binary() string { return os.Getenv(binaryVariable) }

func moduleRoot() (string, error) {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("find the root of the module: %w", err)
	}
	return filepath.Dir(strings.TrimSpace(string(out))), nil
}
