# Read by run.sh and start.sh: goes to bench/, sets hopstamp to the binary that is measured
# (HOPSTAMP=path, or one that is built here) and builds the commands of bench.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if [ -n "${HOPSTAMP:-}" ]; then
  hopstamp=$(realpath "$HOPSTAMP")
else
  hopstamp=$here/../bin/hopstamp
  (cd "$here/.." && go build -o bin/hopstamp ./cmd/hopstamp)
fi
cd "$here"
go build -o out/bin/ ./cmd/...
