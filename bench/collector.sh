# Read by run.sh, kill.sh and saturate.sh: builds the OpenTelemetry Collector when it is not there.
collector=out/collector/otelcol-peer
if [ ! -x "$collector" ] || [ collector/builder.yaml -nt "$collector" ]; then
  echo "building the OpenTelemetry Collector; this takes minutes, once"
  nice -n 10 go run go.opentelemetry.io/collector/cmd/builder@v0.158.0 --config collector/builder.yaml
fi
