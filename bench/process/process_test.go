// SPDX-License-Identifier: Apache-2.0

package process

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestUsageIsReadBehindAnyName(t *testing.T) {
	t.Parallel()
	stat := "42 (a ) b) S 1 42 42 0 -1 4194560 100 0 0 0 150 50 0 0 20 0 7 0 12345 999 3 18446744073709551615 1"
	got, err := parseStat([]byte(stat))
	if err != nil {
		t.Fatal(err)
	}
	if want := (Usage{CPU: 2 * time.Second, Resident: 3 * int64(os.Getpagesize())}); got != want {
		t.Errorf("read %+v, want %+v", got, want)
	}
	if _, err := parseStat([]byte("42 (x) S 1")); err == nil {
		t.Error("too few fields are read without complaint")
	}
}

func TestProcessRunsOnOneCoreAndIsMeasured(t *testing.T) {
	t.Parallel()
	log := filepath.Join(t.TempDir(), "log")
	p, err := Start("0", log, []string{"WORD=yes"}, "sh", "-c", `echo $WORD $GOMAXPROCS $(taskset -cp $$ | sed 's/.*: //'); while :; do sleep 0.1; done`)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Kill()
	said := func() string { b, _ := os.ReadFile(log); return strings.TrimSpace(string(b)) }
	if err := p.Await(10*time.Second, func() bool { return said() != "" }); err != nil {
		t.Fatal(err)
	}
	if said() != "yes 1 0" {
		t.Errorf("environment and core are %q", said())
	}
	used, err := p.Usage()
	most, err2 := p.Peak()
	if err != nil || err2 != nil || used.Resident <= 0 || most < used.Resident/2 {
		t.Errorf("usage %+v, peak %d, %v, %v", used, most, err, err2)
	}
}

func TestAwaitSaysThatTheProgramEnded(t *testing.T) {
	t.Parallel()
	p, err := Start("0", filepath.Join(t.TempDir(), "log"), nil, "false")
	if err != nil {
		t.Fatal(err)
	}
	err = p.Await(10*time.Second, func() bool { return false })
	if err == nil || !strings.Contains(err.Error(), "false ended: exit status 1") {
		t.Errorf("it says %v", err)
	}
}
