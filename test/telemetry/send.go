// SPDX-License-Identifier: Apache-2.0

package telemetry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/klauspost/compress/gzip"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// Sender sends requests over one connection, each until it was taken. It is for
// one goroutine.
type Sender struct {
	once    func(ctx context.Context, request *collector.ExportTraceServiceRequest) error
	close   func() error
	Repeats int // times the server asked to come back later
}

// sendWithin bounds one try.
const sendWithin = time.Minute

// OverHTTP sends gzipped protobuf to a URL that ends in /v1/traces.
func OverHTTP(url string) *Sender {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1}, Timeout: sendWithin}
	var packed bytes.Buffer
	packer, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err != nil {
		panic(err) //nolint:forbidigo // the level is a constant
	}
	return &Sender{
		close: func() error { client.CloseIdleConnections(); return nil },
		once: func(ctx context.Context, request *collector.ExportTraceServiceRequest) error {
			plain, err := proto.Marshal(request)
			if err != nil {
				return err
			}
			packed.Reset()
			packer.Reset(&packed)
			if _, err := packer.Write(plain); err != nil {
				return err
			}
			if err := packer.Close(); err != nil {
				return err
			}
			return post(ctx, client, url, packed.Bytes())
		},
	}
}

func post(ctx context.Context, client *http.Client, url string, packed []byte) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(packed))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-protobuf")
	request.Header.Set("Content-Encoding", "gzip")
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode == http.StatusOK {
		var answer collector.ExportTraceServiceResponse
		return errors.Join(proto.Unmarshal(body, &answer), rejected(&answer))
	}
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil {
		return later{time.Duration(seconds) * time.Second}
	}
	return fmt.Errorf("%s: %s: %q", url, response.Status, body)
}

// OverGRPC sends to host:port.
func OverGRPC(address string) (*Sender, error) {
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return nil, err
	}
	client := collector.NewTraceServiceClient(connection)
	return &Sender{close: connection.Close, once: func(ctx context.Context, request *collector.ExportTraceServiceRequest) error {
		ctx, cancel := context.WithTimeout(ctx, sendWithin)
		defer cancel()
		answer, err := client.Export(ctx, request)
		if err != nil {
			for _, detail := range status.Convert(err).Details() {
				if hint, ok := detail.(*errdetails.RetryInfo); ok {
					return later{hint.RetryDelay.AsDuration()}
				}
			}
			return err
		}
		return rejected(answer)
	}}, nil
}

// Send spans, again and again while the server asks to come back.
func (s *Sender) Send(ctx context.Context, spans []Span) error {
	request := Request(spans)
	for {
		err := s.once(ctx, request)
		var asked later
		if !errors.As(err, &asked) {
			return err
		}
		s.Repeats++
		select {
		case <-time.After(asked.pause):
		case <-ctx.Done():
			return fmt.Errorf("%w while the server is busy", ctx.Err())
		}
	}
}

// Close the connection.
func (s *Sender) Close() error { return s.close() }

// later is a refusal with a hint when to come back.
type later struct{ pause time.Duration }

func (l later) Error() string { return fmt.Sprintf("come back in %v", l.pause) }

// rejected tells of spans that were left out: nothing that the tests send may be.
func rejected(answer *collector.ExportTraceServiceResponse) error {
	if n := answer.GetPartialSuccess().GetRejectedSpans(); n != 0 {
		return fmt.Errorf("%d spans were rejected: %s", n, answer.GetPartialSuccess().GetErrorMessage())
	}
	return nil
}
