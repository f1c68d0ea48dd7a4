// SPDX-License-Identifier: Apache-2.0

package receive

import (
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/hopstamp/hopstamp/internal/receive/otlp"
)

// The content types of OTLP over HTTP.
const (
	typeProtobuf = "application/x-protobuf"
	typeJSON     = "application/json"
)

// What a connection may keep waiting for, so that slow ones do not pile up.
const (
	headTimeout  = 10 * time.Second
	readTimeout  = time.Minute // of head and body
	writeTimeout = 2 * time.Minute
	idleTimeout  = 3 * time.Minute
	maxHead      = 64 << 10
)

func (r *Receiver) newHTTPServer() *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Server{
		Handler:           r.handler(),
		ReadHeaderTimeout: headTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHead,
		Protocols:         protocols,
		ErrorLog:          slog.NewLogLogger(r.options.Logger.Handler(), slog.LevelWarn),
	}
}

// handler answers OTLP over HTTP: POST /v1/traces, also from browsers.
func (r *Receiver) handler() http.Handler {
	reader := &bodyReader{limit: r.options.MaxRequest}
	mux := http.NewServeMux()
	mux.HandleFunc("/v1/traces", func(w http.ResponseWriter, request *http.Request) { r.serveTraces(w, request, reader) })
	for path, signal := range map[string]cause{"/v1/logs": causeLogs, "/v1/metrics": causeMetrics} {
		mux.HandleFunc(path, r.refuseAll(func(*http.Request) *refusal { return otherSignal(signal) }))
	}
	mux.HandleFunc("/", r.refuseAll(func(request *http.Request) *refusal { return unknownPlace(request.URL.Path) }))
	return mux
}

func (r *Receiver) refuseAll(why func(*http.Request) *refusal) http.HandlerFunc {
	return func(w http.ResponseWriter, request *http.Request) {
		started := time.Now()
		kind, _ := contentType(request)
		refused := why(request)
		answerRefusal(w, kind, refused)
		r.answered("http", encodingLabel(kind), strconv.Itoa(refused.status), started, refused)
	}
}

func (r *Receiver) serveTraces(w http.ResponseWriter, request *http.Request, reader *bodyReader) {
	started := time.Now()
	allowBrowsers(w.Header())
	if request.Method == http.MethodOptions {
		allowPreflight(w, request)
		return
	}
	kind, known := contentType(request)
	p, l := r.newParcel(), lease{budget: r.budget}
	defer r.keepParcel(p)
	defer l.release()
	report, refused := r.receiveHTTP(request, reader, kind, known, p, &l)
	if refused == nil {
		refused = r.deliver(request.Context(), p, &report)
	}
	code := http.StatusOK
	if refused != nil {
		code = refused.status
		answerRefusal(w, kind, refused)
	} else {
		answerTaken(w, kind, &report)
	}
	r.answered("http", encodingLabel(kind), strconv.Itoa(code), started, refused)
}

func (r *Receiver) receiveHTTP(request *http.Request, reader *bodyReader, kind string, known bool, p *parcel, l *lease) (otlp.Report, *refusal) {
	if request.Method != http.MethodPost {
		return otlp.Report{}, wrongMethod(request.Method)
	}
	if !known {
		return otlp.Report{}, unsupportedType(kind)
	}
	if err := r.options.Ready(); err != nil {
		return otlp.Report{}, notReady(err)
	}
	j := r.newJob()
	defer r.keepJob(j)
	var refused *refusal
	j.body, refused = reader.read(request.Body, request.Header.Get("Content-Encoding"), request.ContentLength, j.body, l)
	if refused == nil && kind == typeJSON {
		refused = translateJSON(j, l)
	}
	if refused != nil {
		return otlp.Report{}, refused
	}
	return r.pack(j, p)
}

// contentType answers the type without its parameters, and whether it is taken.
func contentType(request *http.Request) (kind string, known bool) {
	kind = request.Header.Get("Content-Type")
	if kind != typeProtobuf && kind != typeJSON {
		if parsed, _, err := mime.ParseMediaType(kind); err == nil {
			kind = parsed
		}
	}
	return kind, kind == typeProtobuf || kind == typeJSON
}

func encodingLabel(kind string) string {
	switch kind {
	case typeProtobuf:
		return "protobuf"
	case typeJSON:
		return "json"
	}
	return "other"
}

func answerTaken(w http.ResponseWriter, kind string, report *otlp.Report) {
	w.Header().Set("Content-Type", kind)
	var body []byte
	switch {
	case report.Rejected > 0:
		body = partialSuccess(kind, report)
	case kind == typeJSON:
		body = []byte("{}")
	}
	_, _ = w.Write(body) // the sender may be gone; it will repeat the request
}

func partialSuccess(kind string, report *otlp.Report) []byte {
	response := ptraceotlp.NewExportResponse()
	response.PartialSuccess().SetRejectedSpans(int64(report.Rejected))
	response.PartialSuccess().SetErrorMessage(rejectedWords(report))
	encode := response.MarshalProto
	if kind == typeJSON {
		encode = response.MarshalJSON
	}
	body, err := encode()
	if err != nil {
		return nil
	}
	return body
}

// answerRefusal says a google.rpc.Status in the type of the request, and plain
// words to whoever speaks neither.
func answerRefusal(w http.ResponseWriter, kind string, refused *refusal) {
	if refused.retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(refused.retry/time.Second)))
	}
	if refused.status == http.StatusMethodNotAllowed {
		w.Header().Set("Allow", "POST, OPTIONS")
	}
	var body []byte
	switch kind {
	case typeProtobuf:
		body, _ = proto.Marshal(refused.rpc().Proto())
	case typeJSON:
		body, _ = protojson.Marshal(refused.rpc().Proto())
	default:
		kind, body = "text/plain; charset=utf-8", []byte(refused.words+"\n")
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(refused.status)
	_, _ = w.Write(body) // the sender may be gone; it will repeat the request
}

// allowBrowsers lets pages of every origin send traces: what is sent carries no
// authority, and the answer says nothing of anyone else.
func allowBrowsers(header http.Header) {
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("Access-Control-Expose-Headers", "Retry-After")
}

func allowPreflight(w http.ResponseWriter, request *http.Request) {
	header := w.Header()
	header.Set("Access-Control-Allow-Methods", "POST")
	if asked := request.Header.Get("Access-Control-Request-Headers"); asked != "" {
		header.Set("Access-Control-Allow-Headers", asked)
	}
	header.Set("Access-Control-Max-Age", "7200")
	w.WriteHeader(http.StatusNoContent)
}
