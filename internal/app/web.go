// SPDX-License-Identifier: Apache-2.0

package app

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/hopstamp/hopstamp/internal/api"
	"github.com/hopstamp/hopstamp/internal/query"
	"github.com/hopstamp/hopstamp/web"
)

// handler is everything on the listen address.
func (a *App) handler() (http.Handler, error) {
	prometheusAPI, err := query.NewPrometheus(a.metrics, a.options.Logger)
	if err != nil {
		return nil, fmt.Errorf("make the Prometheus interface: %w", err)
	}
	deliveries := prometheus.NewRegistry()
	if err := deliveries.Register(a.deliveries); err != nil {
		return nil, fmt.Errorf("show the deliveries: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", a.readyz)
	metrics := promhttp.HandlerFor(together(a.registry, a.lasting, deliveries), promhttp.HandlerOpts{EnableOpenMetrics: true})
	mux.Handle("GET /metrics", a.whenRestored(metrics))
	mux.Handle("/api/v1/", a.whenRestored(api.New(reader{a})))
	mux.Handle("/prometheus/api/v1/", a.whenRestored(prometheusAPI))
	mux.Handle("/", web.Handler())
	return refuseForeignOrigins(mux), nil
}

// whenRestored says until then that nothing can be told.
func (a *App) whenRestored(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.folds.restoring() {
			w.Header().Set("Retry-After", "1")
			api.WriteProblem(w, http.StatusServiceUnavailable, "Hopstamp is starting", "What was known before is being read. Ask again in a few seconds.")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (a *App) readyz(w http.ResponseWriter, _ *http.Request) {
	if err := a.folds.ready(); err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}

// refuseForeignOrigins keeps pages of other sites, open in the same browser, from
// reading what this server knows.
func refuseForeignOrigins(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if origin := r.Header.Get("Origin"); origin != "" && !strings.HasSuffix(origin, "://"+r.Host) {
			http.Error(w, "pages of another origin may not read this", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}
