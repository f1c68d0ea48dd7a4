// SPDX-License-Identifier: Apache-2.0

package load

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// httpSender speaks OTLP/HTTP on a raw connection that is kept: net/http's client
// would cost more than the patching.
type httpSender struct {
	address string
	conn    net.Conn
	reader  *bufio.Reader
	head    []byte
}

func dialHTTP(address string) (sender, error) {
	s := &httpSender{address: address}
	return s, s.dial()
}

func (s *httpSender) dial() error {
	conn, err := net.DialTimeout("tcp", s.address, 2*time.Second)
	if err != nil {
		return err
	}
	s.conn, s.reader = conn, bufio.NewReader(conn)
	return nil
}

// Close closes the connection; the next send opens another.
func (s *httpSender) Close() error {
	if s.conn == nil {
		return nil
	}
	err := s.conn.Close()
	s.conn = nil
	return err
}

func (s *httpSender) send(_ context.Context, payload []byte) error {
	if s.conn == nil {
		if err := s.dial(); err != nil {
			return err
		}
	}
	response, err := s.exchange(payload)
	if err != nil {
		s.Close()
		return err
	}
	_, err = io.Copy(io.Discard, response.Body)
	response.Body.Close()
	if err != nil || response.Close {
		s.Close()
	}
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("%w: %s", errRefused, response.Status)
	}
	return err
}

func (s *httpSender) exchange(payload []byte) (*http.Response, error) {
	if err := s.conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		return nil, err
	}
	s.head = append(s.head[:0], "POST /v1/traces HTTP/1.1\r\nHost: "...)
	s.head = append(s.head, s.address...)
	s.head = append(s.head, "\r\nContent-Type: application/x-protobuf\r\nContent-Length: "...)
	s.head = strconv.AppendInt(s.head, int64(len(payload)), 10)
	s.head = append(s.head, "\r\n\r\n"...)
	parts := net.Buffers{s.head, payload}
	if _, err := parts.WriteTo(s.conn); err != nil {
		return nil, err
	}
	return http.ReadResponse(s.reader, nil)
}
