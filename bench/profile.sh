#!/bin/sh
# Takes the profile by which the compiler makes the server faster, cmd/hopstamp/default.pgo, anew: about 3 minutes.
# One that is old makes nothing wrong, only slower.
. "$(dirname "$0")/build.sh"
taskset -c "${GENERATOR_CORE:-1}" env GOMAXPROCS=1 out/bin/compare -hopstamp "$hopstamp" -only discard -duration 20s -starts=false -results out/results
exec out/bin/profile out/runs/profile/cpu.prof
