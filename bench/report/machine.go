// SPDX-License-Identifier: Apache-2.0

package report

import (
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// Machine is what the numbers depend on besides the programs.
type Machine struct {
	Processor string  `json:"processor"`
	Cores     int     `json:"cores"`
	MemoryGiB float64 `json:"memory_gib"`
	Kernel    string  `json:"kernel"`
	Go        string  `json:"go"`     // that Hopstamp was built with
	Commit    string  `json:"commit"` // of the working copy; "-changed" when it has changes
}

// ReadMachine looks at this machine, the binary and the working copy. What cannot
// be found out is "unknown".
func ReadMachine(binary string) Machine {
	m := Machine{
		Processor: field("/proc/cpuinfo", "model name"),
		Cores:     cores(),
		Kernel:    output("uname", "-sr"),
		Go:        "unknown",
		Commit:    output("git", "rev-parse", "--short", "HEAD"),
	}
	if info, err := buildinfo.ReadFile(binary); err == nil {
		m.Go = info.GoVersion
	}
	var kibibytes float64
	if _, err := fmt.Sscan(field("/proc/meminfo", "MemTotal"), &kibibytes); err == nil {
		m.MemoryGiB = kibibytes / (1 << 20)
	}
	if changes, err := exec.Command("git", "status", "--porcelain").Output(); err == nil && len(changes) > 0 {
		m.Commit += "-changed"
	}
	return m
}

// field is the value of the first line "name : value".
func field(path, name string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(content)) {
		key, value, _ := strings.Cut(line, ":")
		if strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

// cores of the machine, not only those that this process may use.
func cores() (count int) {
	content, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(content)) {
		if strings.HasPrefix(line, "processor") {
			count++
		}
	}
	return count
}

func output(command string, arguments ...string) string {
	out, err := exec.Command(command, arguments...).Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}
