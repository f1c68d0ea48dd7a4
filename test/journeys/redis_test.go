// SPDX-License-Identifier: Apache-2.0

package journeys_test

import (
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/hopstamp/hopstamp/test/server"
)

// startRedis runs a Redis that keeps nothing, until the test ends. It answers its URL.
func startRedis(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatalf("%v: run make install", err)
	}
	port := freePort(t)
	redis := exec.Command(program, "--bind", "127.0.0.1", "--port", strconv.Itoa(port), "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	if err := redis.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = redis.Process.Kill() // it has nothing to lose
		_ = redis.Wait()
	})
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	server.Eventually(t, 30*time.Second, func() error { return ping(address) })
	return "redis://" + address
}

func ping(address string) error {
	connection, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return err
	}
	defer connection.Close()
	answer := make([]byte, 5)
	err = connection.SetDeadline(time.Now().Add(time.Second))
	if err == nil {
		_, err = connection.Write([]byte("PING\r\n"))
	}
	if err == nil {
		_, err = connection.Read(answer)
	}
	if err == nil && string(answer) != "+PONG" {
		err = fmt.Errorf("redis answers %q", answer)
	}
	return err
}

func freePort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port
}
