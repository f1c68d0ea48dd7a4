// SPDX-License-Identifier: Apache-2.0

// Command profile writes what the compiler needs of CPU profiles to a file: it adds
// them up and leaves out what says where they were made.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/google/pprof/profile"
)

func main() {
	to := flag.String("to", "../cmd/hopstamp/default.pgo", "the file to write")
	flag.Parse()
	if err := join(flag.Args(), *to); err != nil {
		fmt.Fprintln(os.Stderr, "profile:", err)
		os.Exit(1)
	}
}

func join(files []string, to string) error {
	all := make([]*profile.Profile, 0, len(files))
	for _, file := range files {
		p, err := read(file)
		if err != nil {
			return err
		}
		all = append(all, p)
	}
	joined, err := profile.Merge(all)
	if err != nil {
		return fmt.Errorf("add up %d profiles: %w", len(files), err)
	}
	out, err := os.Create(to)
	if err != nil {
		return fmt.Errorf("create the joined profile: %w", err)
	}
	if err := joined.Write(out); err != nil {
		return fmt.Errorf("write the joined profile: %w", err)
	}
	return out.Close()
}

// read reads a profile without the names of files, addresses and labels, which the
// compiler does not look at: it knows functions by name and calls by their line in them.
func read(file string) (*profile.Profile, error) {
	in, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("open a profile: %w", err)
	}
	defer in.Close()
	p, err := profile.Parse(in)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	p.Comments, p.Mapping = nil, nil
	for _, l := range p.Location {
		l.Mapping, l.Address = nil, 0
	}
	for _, f := range p.Function {
		f.Filename = ""
	}
	for _, s := range p.Sample {
		s.Label, s.NumLabel, s.NumUnit = nil, nil, nil
	}
	return p, nil
}
