#!/bin/sh
# How soon a passed deadline is seen with 100,000 messages in flight; flags go to cmd/detect.
. "$(dirname "$0")/build.sh"
exec out/bin/detect -hopstamp "$hopstamp" "$@"
