// SPDX-License-Identifier: Apache-2.0

package receive

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	_ "google.golang.org/grpc/encoding/gzip" // senders compress with it by default
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"

	"github.com/hopstamp/hopstamp/internal/receive/otlp"
)

const (
	traceService = "opentelemetry.proto.collector.trace.v1.TraceService"
	maxStreams   = 256 // requests at a time on one connection
	handshake    = 10 * time.Second
	pingInterval = 10 * time.Second // how often a sender may ask whether we live
)

// newGRPCServer describes Export as a stream, which is the same on the wire as
// the plain call that it is: so the request can be refused before it is read.
// gRPC itself refuses what is far too large; what is less so it passes on, to be
// refused in our words.
func (r *Receiver) newGRPCServer() *grpc.Server {
	registerZstd()
	server := grpc.NewServer(
		grpc.ForceServerCodecV2(rawCodec{}),
		grpc.MaxRecvMsgSize(2*r.options.MaxRequest),
		grpc.MaxConcurrentStreams(maxStreams),
		grpc.ConnectionTimeout(handshake),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: pingInterval, PermitWithoutStream: true}),
		grpc.UnknownServiceHandler(r.refuseMethod),
	)
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: traceService,
		HandlerType: (*any)(nil),
		Streams: []grpc.StreamDesc{{
			StreamName:    "Export",
			Handler:       func(_ any, stream grpc.ServerStream) error { return r.serveExport(stream) },
			ServerStreams: true,
			ClientStreams: true,
		}},
	}, r)
	return server
}

func (r *Receiver) serveExport(stream grpc.ServerStream) error {
	started := time.Now()
	p, l := r.newParcel(), lease{budget: r.budget}
	defer r.keepParcel(p)
	defer l.release()
	report, refused := r.receiveGRPC(stream, p, &l)
	if refused == nil {
		refused = r.deliver(stream.Context(), p, &report)
	}
	if refused != nil {
		r.answered("grpc", "protobuf", refused.code.String(), started, refused)
		return refused.rpc().Err()
	}
	r.answered("grpc", "protobuf", codes.OK.String(), started, nil)
	var answer []byte
	if report.Rejected > 0 {
		answer = partialSuccess(typeProtobuf, &report)
	}
	return stream.SendMsg(answer)
}

func (r *Receiver) receiveGRPC(stream grpc.ServerStream, p *parcel, l *lease) (otlp.Report, *refusal) {
	if err := r.options.Ready(); err != nil {
		return otlp.Report{}, notReady(err)
	}
	if r.budget.exhausted() {
		return otlp.Report{}, budgetSpent(r.budget.limit)
	}
	j := r.newJob()
	defer r.keepJob(j)
	if err := stream.RecvMsg(&j.body); err != nil {
		return otlp.Report{}, r.unreadableMessage(err)
	}
	if len(j.body) > r.options.MaxRequest {
		return otlp.Report{}, tooLarge(r.options.MaxRequest)
	}
	if !l.grow(int64(len(j.body))) {
		return otlp.Report{}, budgetSpent(r.budget.limit)
	}
	return r.pack(j, p)
}

// unreadableMessage counts why a message could not be read. What the sender is
// told has been said by gRPC already, in its own words.
func (r *Receiver) unreadableMessage(err error) *refusal {
	why, code := invalid(err), status.Code(err)
	switch code {
	case codes.ResourceExhausted:
		why = tooLarge(r.options.MaxRequest)
	case codes.Unimplemented:
		why.cause = causeContentEncoding
	case codes.Canceled, codes.DeadlineExceeded:
		why.cause = causeGone
	}
	why.code = code
	return why
}

func (r *Receiver) refuseMethod(_ any, stream grpc.ServerStream) error {
	started := time.Now()
	method, _ := grpc.MethodFromServerStream(stream)
	refused := unknownPlace(method)
	switch {
	case strings.HasPrefix(method, "/opentelemetry.proto.collector.logs."):
		refused = otherSignal(causeLogs)
	case strings.HasPrefix(method, "/opentelemetry.proto.collector.metrics."):
		refused = otherSignal(causeMetrics)
	}
	r.answered("grpc", "protobuf", refused.code.String(), started, refused)
	return refused.rpc().Err()
}

// rawCodec hands the bytes of a message over as they are: into a *[]byte, whose
// memory is used again, and from a []byte.
type rawCodec struct{}

// Name implements encoding.CodecV2.
func (rawCodec) Name() string { return "proto" }

// Marshal implements encoding.CodecV2.
func (rawCodec) Marshal(message any) (mem.BufferSlice, error) {
	bytes, ok := message.([]byte)
	if !ok {
		return nil, fmt.Errorf("encode %T: only bytes are sent", message)
	}
	return mem.BufferSlice{mem.SliceBuffer(bytes)}, nil
}

// Unmarshal implements encoding.CodecV2.
func (rawCodec) Unmarshal(data mem.BufferSlice, message any) error {
	into, ok := message.(*[]byte)
	if !ok {
		return fmt.Errorf("decode into %T: only bytes are read", message)
	}
	size := data.Len()
	if cap(*into) < size {
		*into = make([]byte, size)
	}
	*into = (*into)[:size]
	data.CopyTo(*into)
	return nil
}
