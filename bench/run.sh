#!/bin/sh
# Measures Hopstamp beside the OpenTelemetry Collector on the same bytes; flags go to cmd/compare.
# HOPSTAMP=path measures that binary instead of one that is built here.
# GENERATOR_CORE (default 1) is the core of the load generator; -core 0 is the contender's.
. "$(dirname "$0")/build.sh"
collector=out/collector/otelcol-peer
if [ ! -x "$collector" ] || [ collector/builder.yaml -nt "$collector" ]; then
  echo "building the OpenTelemetry Collector; this takes minutes, once"
  nice -n 10 go run go.opentelemetry.io/collector/cmd/builder@v0.158.0 --config collector/builder.yaml
fi
exec taskset -c "${GENERATOR_CORE:-1}" env GOMAXPROCS=1 out/bin/compare -hopstamp "$hopstamp" "$@"
