#!/bin/sh
# Measures how soon Hopstamp is ready and what it uses when idle; flags go to cmd/startup.
# HOPSTAMP=path measures that binary instead of one that is built here.
. "$(dirname "$0")/build.sh"
exec out/bin/startup -hopstamp "$hopstamp" "$@"
