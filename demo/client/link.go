// SPDX-License-Identifier: Apache-2.0

package client

import (
	"errors"
	"math"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// A poor link, as on a train: what arrives is late (lognormal around slowMedian), and now and then the
// radio is gone: nothing arrives for a while and then the connection is dead. TCP loses no bytes of a
// living connection, but what was under way when it died is gone.
const (
	slowMedian  = 1500 * time.Millisecond
	slowSpread  = 0.8
	lossPerRead = 0.2
	goneFor     = 2 * time.Second
)

var errRadioGone = errors.New("radio link is gone")

// link is a device's connection to the gateway, as good as the network that the device is in.
type link struct {
	net.Conn
	poor   *atomic.Bool
	closed chan struct{}
	once   sync.Once
	random *rand.Rand // used by the reading goroutine alone
}

func newLink(conn net.Conn, poor *atomic.Bool, seed uint64) *link {
	return &link{Conn: conn, poor: poor, closed: make(chan struct{}), random: rand.New(rand.NewPCG(seed, 3))}
}

func (l *link) Read(buffer []byte) (int, error) {
	n, err := l.Conn.Read(buffer)
	if err != nil || !l.poor.Load() {
		return n, err
	}
	if l.random.Float64() < lossPerRead {
		l.wait(goneFor)
		_ = l.Close()
		return 0, errRadioGone
	}
	l.wait(time.Duration(float64(slowMedian) * math.Exp(slowSpread*l.random.NormFloat64())))
	return n, nil
}

func (l *link) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Conn.Close()
}

// wait ends early when the link is closed.
func (l *link) wait(delay time.Duration) {
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-l.closed:
	}
}
