#!/bin/sh
# One kill -9 in the middle of the load, for the OpenTelemetry Collector and for Hopstamp, and what of the
# acknowledged is missing afterwards; flags go to cmd/trial. --quick: 15 s of load, to see that it works.
. "$(dirname "$0")/build.sh"
. "$here/collector.sh"
if [ "${1:-}" = --quick ]; then shift; set -- -duration 15s -kill-at 8s -results out/results "$@"; fi
exec taskset -c "${GENERATOR_CORE:-1}" env GOMAXPROCS=1 out/bin/trial -name kill -hopstamp "$hopstamp" \
  -rate 20000 -duration 60s -kill-at 40s "$@"
