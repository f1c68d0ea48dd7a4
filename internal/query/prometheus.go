// SPDX-License-Identifier: Apache-2.0

package query

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime"
	"time"

	"github.com/grafana/regexp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/route"
	"github.com/prometheus/prometheus/config"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/rules"
	"github.com/prometheus/prometheus/scrape"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/util/notifications"
	v1 "github.com/prometheus/prometheus/web/api/v1"

	"github.com/hopstamp/hopstamp/internal/store"
)

const (
	prometheusPrefix = "/prometheus/api/v1"

	queryTimeout = 30 * time.Second
	querySamples = 5_000_000 // that one query may hold in memory

	remoteReadSamples    = querySamples
	remoteReadAtOnce     = 2
	remoteReadFrameBytes = 1 << 20

	compatiblePrometheus = "3.13.5" // whose API this is; Grafana asks for it
)

// NewPrometheus is Prometheus' own query API, read only, on the embedded TSDB. Its
// paths begin with /prometheus/api/v1/. There are no rules, alerts and targets to
// show besides this process, and nothing can be written or deleted.
func NewPrometheus(metrics *store.Metrics, log *slog.Logger) (http.Handler, error) {
	if metrics == nil || log == nil {
		return nil, errors.New("serve the Prometheus API: metrics and log are required")
	}
	noOther, err := regexp.Compile(`^$`)
	if err != nil {
		return nil, fmt.Errorf("forbid other origins: %w", err)
	}
	language := parser.NewParser(parser.Options{})
	engine := promql.NewEngine(promql.EngineOpts{
		Logger: log, MaxSamples: querySamples, Timeout: queryTimeout, Parser: language,
		EnableAtModifier: true, EnableNegativeOffset: true,
	})
	database := metrics.Database()
	unread := prometheus.NewRegistry()
	api := v1.NewAPI(
		engine, database, nil, nil, database,
		func(context.Context) v1.ScrapePoolsRetriever { return itself{metrics.Target()} },
		func(context.Context) v1.TargetRetriever { return itself{metrics.Target()} },
		func(context.Context) v1.AlertmanagerRetriever { return nothing{} },
		func() config.Config { return config.DefaultConfig },
		map[string]string{}, v1.GlobalURLOptions{},
		func(next http.HandlerFunc) http.HandlerFunc { return next }, // always ready: the TSDB is open
		readOnly{database}, "",
		false,    // administration
		false, 0, // search
		log,
		func(context.Context) v1.RulesRetriever { return nothing{} },
		remoteReadSamples, remoteReadAtOnce, remoteReadFrameBytes,
		false, // agent
		noOther, runtimeInfo(time.Now()),
		&v1.PrometheusVersion{Version: compatiblePrometheus, GoVersion: runtime.Version()},
		func() []notifications.Notification { return nil },
		func() (<-chan notifications.Notification, func(), bool) { return nil, func() {}, false },
		unread, unread, nil,
		false, nil, // remote write
		false, false, false, // OTLP
		false, 0, false, false, nil, nil,
		v1.OpenAPIOptions{}, language)
	router := route.New()
	api.Register(router.WithPrefix(prometheusPrefix))
	return router, nil
}

func runtimeInfo(started time.Time) func() (v1.RuntimeInfo, error) {
	return func() (v1.RuntimeInfo, error) {
		return v1.RuntimeInfo{StartTime: started, ServerTime: time.Now(), GoroutineCount: runtime.NumGoroutine(),
			GOMAXPROCS: runtime.GOMAXPROCS(0), ReloadConfigSuccess: true}, nil
	}
}

// itself is the only target: this process.
type itself struct{ target *scrape.Target }

func (i itself) ScrapePools() []string { return []string{store.MetricsJob} }

func (i itself) TargetsActive() map[string][]*scrape.Target {
	return map[string][]*scrape.Target{store.MetricsJob: {i.target}}
}

func (itself) TargetsDropped() map[string][]*scrape.Target { return nil }

func (itself) TargetsDroppedCounts() map[string]int { return map[string]int{store.MetricsJob: 0} }

func (itself) ScrapePoolConfig(pool string) (*config.ScrapeConfig, error) {
	if pool != store.MetricsJob {
		return nil, fmt.Errorf("there is no scrape pool %q", pool)
	}
	return &config.ScrapeConfig{}, nil // it relabels nothing
}

// nothing is what this process has of rules and Alertmanagers.
type nothing struct{}

func (nothing) RuleGroups() []*rules.Group           { return nil }
func (nothing) AlertingRules() []*rules.AlertingRule { return nil }
func (nothing) Alertmanagers() []*url.URL            { return nil }
func (nothing) DroppedAlertmanagers() []*url.URL     { return nil }

// readOnly lets the API describe the TSDB, and refuses to change it.
type readOnly struct{ database *tsdb.DB }

var errReadOnly = errors.New("the embedded TSDB is read only")

func (readOnly) CleanTombstones() error { return errReadOnly }

func (readOnly) Delete(context.Context, int64, int64, ...*labels.Matcher) error { return errReadOnly }

func (readOnly) Snapshot(string, bool) error { return errReadOnly }

func (r readOnly) Stats(label string, limit int) (*tsdb.Stats, error) {
	return r.database.Head().Stats(label, limit), nil
}

func (readOnly) WALReplayStatus() (tsdb.WALReplayStatus, error) { return tsdb.WALReplayStatus{}, nil }

func (r readOnly) BlockMetas() ([]tsdb.BlockMeta, error) { return r.database.BlockMetas(), nil }
