#!/bin/sh
# More than the OpenTelemetry Collector and Hopstamp can take: whether senders are told to wait, and whether
# everything that was acknowledged is counted and everything that must be kept is found; flags go to cmd/trial.
# 800 connections have 130 MB in flight, more than either may hold. --quick: 10 s of load, to see that it works.
. "$(dirname "$0")/build.sh"
. "$here/collector.sh"
if [ "${1:-}" = --quick ]; then shift; set -- -duration 10s -results out/results "$@"; fi
exec taskset -c "${GENERATOR_CORE:-1}" env GOMAXPROCS=1 out/bin/trial -name saturate -hopstamp "$hopstamp" \
  -connections 800 -duration 45s "$@"
