// SPDX-License-Identifier: Apache-2.0

// Package api is the HTTP interface of the read side: what docs/reference/http.md
// says, with an OpenAPI document that is made from the handlers themselves. It
// decides nothing; it asks a [Backend] and writes the answers out.
package api

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/hopstamp/hopstamp/internal/count"
	"github.com/hopstamp/hopstamp/internal/journey"
	"github.com/hopstamp/hopstamp/internal/query"
)

// Backend answers what the handlers ask. It is safe for concurrent use.
type Backend interface {
	// Message is the journey known by an id; ok is false when there is none.
	Message(ctx context.Context, id string) (v journey.View, ok bool, err error)
	// Spans are those of a journey, in full, as far as they are still there.
	Spans(ctx context.Context, id string) (spans []FullSpan, known bool, err error)
	// Deliveries are rows that match, newest first, and where to go on.
	Deliveries(ctx context.Context, f query.Filter, after query.Cursor, limit int) ([]journey.Delivery, query.Cursor, error)
	// Ledger answers from the exact counts, as of a position of the log.
	Ledger(q count.Question) (sums []count.Sum, all int64, at journey.Position)
	// Paths are the declared paths and the default one, with their numbers.
	Paths(since, until time.Time) []PathNumbers
	// Shapes lets read see what journeys usually pass. It must be quick, and keep nothing.
	Shapes(read func(*count.Shapes))
	// Clocks are those of all hosts that were heard of lately.
	Clocks() []SourceClock
	// Pulse is how far the fold is.
	Pulse() Pulse
	// Status is what this server is.
	Status() Status
}

//go:generate go run ./generate

// prefix says the version of the interface, which is not that of the program.
const (
	prefix  = "/api/v1"
	version = "1"
)

// New serves the interface below /api/v1/.
func New(backend Backend) http.Handler {
	mux := http.NewServeMux()
	register(mux, backend)
	return mux
}

// OpenAPI is the document that describes the interface, as indented JSON.
func OpenAPI() ([]byte, error) {
	compact, err := register(http.NewServeMux(), nil).OpenAPI().MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("write the OpenAPI document: %w", err)
	}
	var document bytes.Buffer
	if err := json.Indent(&document, compact, "", "  "); err != nil {
		return nil, fmt.Errorf("indent the OpenAPI document: %w", err)
	}
	return append(document.Bytes(), '\n'), nil
}

func register(mux *http.ServeMux, backend Backend) huma.API {
	config := huma.DefaultConfig("Hopstamp", version)
	config.Info.Description = "Follow every message from accepted to seen. See docs/reference/http.md."
	config.OpenAPIPath = prefix + "/openapi"
	config.DocsPath, config.SchemasPath = "", ""
	config.CreateHooks = nil
	config.RejectUnknownQueryParameters = true
	api := humago.New(mux, config)
	h := handlers{backend}
	huma.Register(api, operation("get-message", "/messages/{key}", "The journey of one message", http.StatusNotFound), h.message)
	huma.Register(api, operation("list-spans", "/messages/{key}/spans", "The spans of one message, as they were sent", http.StatusNotFound), h.spans)
	huma.Register(api, operation("list-deliveries", "/deliveries", "Deliveries, newest first"), h.deliveries)
	huma.Register(api, operation("get-ledger", "/ledger", "Exact counts"), h.ledger)
	huma.Register(api, operation("list-paths", "/paths", "Paths and where time goes on them"), h.paths)
	huma.Register(api, operation("list-clocks", "/clocks", "The clocks of the hosts that send"), h.clocks)
	huma.Register(api, operation("get-status", "/status", "What this server is"), h.status)
	registerLive(api, h)
	mux.HandleFunc(prefix+"/", unknownCall)
	return api
}

// unknownCall answers what no handler takes, in the form of every other error.
func unknownCall(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		WriteProblem(w, http.StatusMethodNotAllowed, http.StatusText(http.StatusMethodNotAllowed), "this interface only reads: use GET")
		return
	}
	WriteProblem(w, http.StatusNotFound, http.StatusText(http.StatusNotFound), "there is no call "+r.URL.Path+"; "+prefix+"/openapi.json lists them")
}

// WriteProblem answers with an error in the form of all others (RFC 9457).
func WriteProblem(w http.ResponseWriter, status int, title, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(&huma.ErrorModel{Status: status, Title: title, Detail: detail}) // the reader may be gone; nobody else is to be told
}

func operation(id, path, summary string, errors ...int) huma.Operation {
	return huma.Operation{OperationID: id, Method: http.MethodGet, Path: prefix + path, Summary: summary,
		Errors: append(errors, http.StatusUnprocessableEntity, http.StatusInternalServerError)}
}

// handlers are one method a call, each in the file of its resource.
type handlers struct{ backend Backend }

// body is an answer of one value.
type body[T any] struct{ Body T }

// list is an answer of many.
type list[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next" doc:"Cursor of the next page; empty on the last"`
}
