// SPDX-License-Identifier: Apache-2.0

// Command discard is the floor of what receiving costs: it reads OTLP over HTTP,
// unpacks it when it is packed, throws it away and says that it has it. Its server is
// that of the standard library, with the limits that Hopstamp sets.
package main

import (
	"compress/gzip"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

func main() {
	address := flag.String("address", "127.0.0.1:4318", "where it listens")
	flag.Parse()
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	server := &http.Server{Addr: *address, Handler: http.HandlerFunc(discard), ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute,
		WriteTimeout: 2 * time.Minute, IdleTimeout: 3 * time.Minute, MaxHeaderBytes: 64 << 10, Protocols: protocols}
	fmt.Fprintln(os.Stderr, "discard:", server.ListenAndServe())
	os.Exit(1)
}

func discard(answer http.ResponseWriter, request *http.Request) {
	if err := readAll(request); err != nil {
		http.Error(answer, err.Error(), http.StatusBadRequest)
		return
	}
	answer.Header().Set("Content-Type", "application/x-protobuf")
	answer.WriteHeader(http.StatusOK) // the empty answer: nothing was rejected
}

func readAll(request *http.Request) error {
	var body io.Reader = request.Body
	if request.Header.Get("Content-Encoding") == "gzip" {
		unpacker, err := gzip.NewReader(body)
		if err != nil {
			return err
		}
		body = unpacker
	}
	_, err := io.Copy(io.Discard, body)
	return err
}
