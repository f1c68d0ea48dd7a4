// SPDX-License-Identifier: Apache-2.0

package receive

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/hopstamp/hopstamp/internal/receive/otlptest"
)

type discardingLog struct{}

func (discardingLog) Append(context.Context, int, []byte) error { return nil }

// BenchmarkHTTP is everything but the network: read, decode, divide, otlptest.Encode the
// stamps, answer.
func BenchmarkHTTP(b *testing.B) {
	request := otlptest.AsSDK(b, otlptest.Encode(b, otlptest.Platform(72)))
	for _, shape := range []struct {
		name, encoding string
		body           []byte
		partitions     int
	}{
		{"plain", "", request, 1},
		{"plain-8-partitions", "", request, 8},
		{"gzip", "gzip", gzipped(b, request), 1},
		{"zstd", "zstd", zstded(b, request), 1},
	} {
		b.Run(shape.name, func(b *testing.B) {
			r, err := New(Options{GRPCAddr: "127.0.0.1:0", HTTPAddr: "127.0.0.1:0", Dimensions: otlptest.Dimensions(), Partitions: shape.partitions}, discardingLog{})
			if err != nil {
				b.Fatal(err)
			}
			defer r.Stop(context.Background())
			handler := r.handler()
			b.ReportAllocs()
			for b.Loop() {
				incoming := httptest.NewRequest(http.MethodPost, "/v1/traces", bytes.NewReader(shape.body))
				incoming.Header.Set("Content-Type", typeProtobuf)
				incoming.Header.Set("Content-Encoding", shape.encoding)
				answer := httptest.NewRecorder()
				if handler.ServeHTTP(answer, incoming); answer.Code != http.StatusOK {
					b.Fatal(answer.Code, answer.Body)
				}
			}
			perSpan(b, 504)
		})
	}
}

// BenchmarkGRPC includes the network of the machine, and a client.
func BenchmarkGRPC(b *testing.B) {
	request := otlptest.AsSDK(b, otlptest.Encode(b, otlptest.Platform(72)))
	r, err := New(Options{GRPCAddr: "127.0.0.1:0", HTTPAddr: "127.0.0.1:0", Dimensions: otlptest.Dimensions()}, discardingLog{})
	if err != nil {
		b.Fatal(err)
	}
	r.Start()
	defer r.Stop(context.Background())
	connection, err := grpc.NewClient(r.GRPCAddr(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		b.Fatal(err)
	}
	defer connection.Close()
	var answer []byte
	b.ReportAllocs()
	for b.Loop() {
		if err := connection.Invoke(context.Background(), exportMethod, request, &answer, grpc.ForceCodecV2(rawCodec{})); err != nil {
			b.Fatal(err)
		}
	}
	perSpan(b, 504)
}

func perSpan(b *testing.B, spans int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*spans), "ns/span")
}
