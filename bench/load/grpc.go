// SPDX-License-Identifier: Apache-2.0

package load

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
)

// grpcSender speaks OTLP/gRPC and passes the encoded bytes through.
type grpcSender struct{ conn *grpc.ClientConn }

func dialGRPC(address string) (sender, error) {
	conn, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	return grpcSender{conn}, err
}

// Close closes the connection.
func (s grpcSender) Close() error { return s.conn.Close() }

func (s grpcSender) send(ctx context.Context, payload []byte) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	var answer []byte
	const export = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
	err := s.conn.Invoke(ctx, export, payload, &answer, grpc.ForceCodecV2(rawCodec{}))
	switch status.Code(err) {
	case codes.ResourceExhausted, codes.InvalidArgument, codes.Internal:
		return fmt.Errorf("%w: %w", errRefused, err)
	}
	return err
}

// rawCodec takes and gives bytes as they are.
type rawCodec struct{}

func (rawCodec) Name() string { return "proto" }

func (rawCodec) Marshal(v any) (mem.BufferSlice, error) {
	payload, ok := v.([]byte)
	if !ok {
		return nil, fmt.Errorf("encode %T as it is: only bytes can be", v)
	}
	return mem.BufferSlice{mem.SliceBuffer(payload)}, nil
}

func (rawCodec) Unmarshal(data mem.BufferSlice, v any) error {
	answer, ok := v.(*[]byte)
	if !ok {
		return fmt.Errorf("decode into %T as it is: only bytes can be", v)
	}
	*answer = data.Materialize()
	return nil
}
