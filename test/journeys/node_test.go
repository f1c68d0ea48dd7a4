// SPDX-License-Identifier: Apache-2.0

package journeys_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/test/server"
)

const (
	nodeFolder = "../node"
	nodeWithin = 100 * time.Second
)

// nodeOrder is a line that the producer prints.
type nodeOrder struct{ ID, Kind, Trace string }

// runNode runs the producer and the consumer of test/node, two services beside
// each other, and answers what the producer sent once the consumer is done with it.
func runNode(t *testing.T, s *server.Server, each int) (sent []nodeOrder) {
	t.Helper()
	if _, err := os.Stat(filepath.Join(nodeFolder, "node_modules")); err != nil {
		t.Fatal("test/node/node_modules is missing: run npm ci in test/node")
	}
	ctx, cancel := context.WithTimeout(t.Context(), nodeWithin)
	defer cancel()
	redis := startRedis(t)
	consumer := nodeService(ctx, "consumer.js", each, redis, "worker", "http://"+s.GRPC)
	var consumerSaid bytes.Buffer
	consumer.Stdout, consumer.Stderr = &consumerSaid, &consumerSaid
	if err := consumer.Start(); err != nil {
		t.Fatal(err)
	}
	producer := nodeService(ctx, "producer.js", each, redis, "shop", strings.TrimSuffix(s.OTLP, "/v1/traces"))
	var producerSaid bytes.Buffer
	producer.Stderr = &producerSaid
	out, err := producer.Output()
	if err != nil {
		cancel()
		t.Errorf("node producer.js: %v\n%s%s", err, out, &producerSaid)
	}
	if err := consumer.Wait(); err != nil {
		t.Fatalf("node consumer.js: %v\n%s", err, &consumerSaid)
	}
	for line := range bytes.Lines(out) {
		var order nodeOrder
		if err := json.Unmarshal(line, &order); err != nil {
			t.Fatalf("node producer.js printed %q: %v", line, err)
		}
		sent = append(sent, order)
	}
	return sent
}

func nodeService(ctx context.Context, program string, each int, redis, name, endpoint string) *exec.Cmd {
	command := exec.CommandContext(ctx, "node", program, strconv.Itoa(each))
	command.Dir = nodeFolder
	command.Env = append(os.Environ(), "REDIS_URL="+redis, "OTEL_SERVICE_NAME="+name, "OTEL_EXPORTER_OTLP_ENDPOINT="+endpoint,
		"OTEL_EXPORTER_OTLP_COMPRESSION=gzip")
	return command
}
