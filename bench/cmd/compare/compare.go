// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/hopstamp/hopstamp/bench/contender"
	"github.com/hopstamp/hopstamp/bench/ledger"
	"github.com/hopstamp/hopstamp/bench/measure"
	"github.com/hopstamp/hopstamp/bench/report"
	"github.com/hopstamp/hopstamp/bench/startup"
	"github.com/hopstamp/hopstamp/bench/workload"
)

// compare runs everything, shows the report and keeps it.
func compare(ctx context.Context, p plan) error {
	w, err := workload.New(workload.Standard())
	if err != nil {
		return err
	}
	r := report.Report{Date: time.Now().UTC(), Machine: report.ReadMachine(p.hopstamp),
		Load: p.load, Workload: w.Params, Settles: p.settle, Runs: p.runs}
	all, err := p.measureAll(ctx, w)
	if err != nil {
		return err
	}
	r.Medians = report.Medians(all)
	r.Ratios = report.Ratios(r.Medians, budgets())
	r.Failures = inexact(all)
	if p.starts {
		if err := p.measureStarts(ctx, &r, all); err != nil {
			return err
		}
	}
	if p.profile {
		p.addProfile(ctx, w, &r)
	}
	path, err := r.Keep(p.results)
	if err != nil {
		return err
	}
	fmt.Printf("\n%s\nkept as %s\n", r.Markdown(), path)
	if len(r.Failures) > 0 {
		return fmt.Errorf("%d counts are not exact", len(r.Failures))
	}
	return p.discardData()
}

// measureAll takes turns, so that a slow spell of the machine does not hit one contender alone.
func (p plan) measureAll(ctx context.Context, w *workload.Workload) ([]measure.Measurement, error) {
	var all []measure.Measurement
	for run := range p.runs {
		for _, protocol := range p.protocols {
			for _, c := range p.contenders(protocol) {
				m, err := p.bench(w, protocol).Run(ctx, c)
				if err != nil {
					return nil, err
				}
				fmt.Printf("%d %s %s: %.0f spans/s, CPU-s per million spans %.2f under load, %.2f in all, peak %.0f MiB, refused %d, others %.2f cores\n",
					run+1, c.Name, protocol, m.SpansPerSecond, m.LoadCost, m.TotalCost, m.PeakMiB, m.Refused, m.OtherCores)
				all = append(all, m)
			}
		}
	}
	return all, nil
}

func inexact(all []measure.Measurement) []string {
	var failures []string
	for _, m := range all {
		if m.Ledger != nil && !m.Ledger.Exact() {
			failures = append(failures, fmt.Sprintf("%s, %s: %s", m.Contender, m.Protocol, m.Ledger))
		}
		if m.GivenUp > 0 {
			failures = append(failures, fmt.Sprintf("%s, %s: %d requests were never accepted: %s", m.Contender, m.Protocol, m.GivenUp, m.Complaint))
		}
	}
	return failures
}

// measureStarts starts Hopstamp on nothing, on what the last run left when it was
// killed, and on the same after a clean stop.
func (p plan) measureStarts(ctx context.Context, r *report.Report, all []measure.Measurement) error {
	c := p.server(always, "always.yaml")
	empty := filepath.Join(p.folder, "empty")
	if err := os.RemoveAll(empty); err != nil {
		return fmt.Errorf("empty a folder to start in: %w", err)
	}
	if err := p.start(r, c, empty, "none", func(*contender.Running) error { return nil }); err != nil {
		return err
	}
	left, ok := lastOf(all, always)
	if !ok {
		return nil
	}
	folder := filepath.Join(p.folder, always)
	stillExact := func(running *contender.Running) error {
		ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		check, err := ledger.Server{URL: running.URL()}.Check(ctx, left.Ledger.Truth())
		if err == nil && !check.Exact() {
			r.Failures = append(r.Failures, fmt.Sprintf("after kill -9: %s", check))
		}
		return err
	}
	if err := p.start(r, c, folder, "the load's, after kill -9", stillExact); err != nil {
		return err
	}
	return p.start(r, c, folder, "the load's, after a clean stop", stillExact)
}

// start measures one start, looks at what runs and stops it cleanly.
func (p plan) start(r *report.Report, c contender.Contender, folder, data string, look func(*contender.Running) error) error {
	m, running, err := startup.Measure(c, p.core, folder, data)
	if err != nil {
		return err
	}
	defer running.Stop(time.Minute)
	fmt.Printf("start on data %s (%.0f MiB): takes spans after %.0f ms, ready after %.0f ms, idle %.0f MiB\n", data, m.DataMiB, m.TakesMs, m.ReadyMs, m.IdleMiB)
	r.Starts = append(r.Starts, m)
	return look(running)
}

func lastOf(all []measure.Measurement, name string) (measure.Measurement, bool) {
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].Contender == name {
			return all[i], true
		}
	}
	return measure.Measurement{}, false
}

// addProfile says where the time goes, or why that is not known.
func (p plan) addProfile(ctx context.Context, w *workload.Workload, r *report.Report) {
	profile, err := p.bench(w, p.protocols[0]).Profile(ctx, p.server(always, "always.yaml"), p.hopstamp)
	if err != nil {
		r.WhereTimeGoes = []report.Block{{Heading: "Not known: " + err.Error() + "."}}
		return
	}
	if profile.Load.GivenUp > 0 {
		r.Failures = append(r.Failures, fmt.Sprintf("while it was profiled: %d requests were never accepted: %s", profile.Load.GivenUp, profile.Load.Complaint))
	}
	r.WhereTimeGoes = []report.Block{
		{Heading: "In a run of its own, fsync always: " + profile.Load.String()},
		{Heading: "All functions:", Text: profile.All},
		{Heading: "The project's own functions, by what they and all that they call take (flat: with what they call outside of the project):", Text: profile.Own},
	}
}

// discardData keeps the logs of the runs and removes the rest, which is large.
func (p plan) discardData() error {
	for _, run := range []string{always, interval, "empty", "profile"} {
		if err := os.RemoveAll(contender.DataFolder(filepath.Join(p.folder, run))); err != nil {
			return fmt.Errorf("remove the data of %s: %w", run, err)
		}
	}
	return nil
}
