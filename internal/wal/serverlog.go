// SPDX-License-Identifier: Apache-2.0

package wal

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"syscall"
)

// serverLog passes the embedded server's warnings and errors on, and notices
// when the disk failed. The server does not answer a publish whose write
// failed, and keeps that stream closed to writes until it is started anew; the
// error it logs is the only word of it (stream.go, processJetStreamMsgWithBatch).
type serverLog struct {
	logger *slog.Logger
	// diskFailed is told the error; it must not block.
	diskFailed func(error)
}

func (s serverLog) Noticef(string, ...any) {}
func (s serverLog) Debugf(string, ...any)  {}
func (s serverLog) Tracef(string, ...any)  {}

func (s serverLog) Warnf(form string, values ...any) {
	s.logger.Warn(fmt.Sprintf(form, values...), "source", "nats-server")
}

func (s serverLog) Errorf(form string, values ...any) {
	s.logger.Error(fmt.Sprintf(form, values...), "source", "nats-server")
	for _, value := range values {
		if err, ok := value.(error); ok && isDiskError(err) {
			s.diskFailed(err)
		}
	}
}

func (s serverLog) Fatalf(form string, values ...any) {
	text := fmt.Sprintf(form, values...)
	s.logger.Error(text, "source", "nats-server")
	s.diskFailed(errors.New(text))
}

func isDiskError(err error) bool {
	var path *fs.PathError
	var system *os.SyscallError
	var number syscall.Errno
	return errors.As(err, &path) || errors.As(err, &system) || errors.As(err, &number)
}
