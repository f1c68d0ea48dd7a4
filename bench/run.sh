#!/bin/sh
# Measures Hopstamp beside the OpenTelemetry Collector on the same bytes; flags go to cmd/compare.
# HOPSTAMP=path measures that binary instead of one that is built here.
# GENERATOR_CORE (default 1) is the core of the load generator; -core 0 is the contender's.
. "$(dirname "$0")/build.sh"
. "$here/collector.sh"
exec taskset -c "${GENERATOR_CORE:-1}" env GOMAXPROCS=1 out/bin/compare -hopstamp "$hopstamp" "$@"
