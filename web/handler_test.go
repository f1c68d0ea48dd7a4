// SPDX-License-Identifier: Apache-2.0

package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

const (
	page   = "<!doctype html><div id=root></div>"
	script = "console.log('hop')"
)

func builtFiles(t *testing.T) fs.FS {
	t.Helper()
	var compressed bytes.Buffer
	writer := gzip.NewWriter(&compressed)
	if _, err := writer.Write([]byte(script)); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	return fstest.MapFS{
		"dist/.gitkeep":                {},
		"dist/index.html":              {Data: []byte(page)},
		"dist/favicon.svg":             {Data: []byte("<svg/>")},
		"dist/assets/index-1a2b.js":    {Data: []byte(script)},
		"dist/assets/index-1a2b.js.gz": {Data: compressed.Bytes()},
		"placeholder/index.html":       {Data: []byte("npm run build")},
	}
}

func ask(handler http.Handler, method, target string, header map[string]string) *http.Response {
	request := httptest.NewRequest(method, target, nil)
	for name, value := range header {
		request.Header.Set(name, value)
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return recorder.Result()
}

func bodyOf(t *testing.T, response *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestPageAnswersEveryPathThatIsNoFile(t *testing.T) {
	t.Parallel()
	handler := newHandler(builtFiles(t))
	for _, target := range []string{"/", "/index.html", "/messages", "/messages/m-7f3a", "/messages/a.b.js", "/messages/..%2F..%2Fetc", "/.gitkeep"} {
		response := ask(handler, http.MethodGet, target, nil)
		if response.StatusCode != http.StatusOK || bodyOf(t, response) != page {
			t.Errorf("GET %s: status %d, not the page", target, response.StatusCode)
		}
		if cache := response.Header.Get("Cache-Control"); cache != "no-cache" {
			t.Errorf("GET %s: Cache-Control %q, a new build would not be seen", target, cache)
		}
		if kind := response.Header.Get("Content-Type"); kind != "text/html; charset=utf-8" {
			t.Errorf("GET %s: Content-Type %q", target, kind)
		}
	}
}

func TestAssetsAreCachedForever(t *testing.T) {
	t.Parallel()
	response := ask(newHandler(builtFiles(t)), http.MethodGet, "/assets/index-1a2b.js", nil)
	if got := bodyOf(t, response); got != script {
		t.Errorf("body %q, want the script", got)
	}
	if cache := response.Header.Get("Cache-Control"); !strings.Contains(cache, "immutable") {
		t.Errorf("Cache-Control %q, want immutable", cache)
	}
	if kind := response.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/javascript") {
		t.Errorf("Content-Type %q, want JavaScript", kind)
	}
}

func TestCompressedAssetIsSentToThoseWhoCanReadIt(t *testing.T) {
	t.Parallel()
	handler := newHandler(builtFiles(t))
	response := ask(handler, http.MethodGet, "/assets/index-1a2b.js", map[string]string{"Accept-Encoding": "br, gzip;q=0.8"})
	if coding := response.Header.Get("Content-Encoding"); coding != "gzip" {
		t.Fatalf("Content-Encoding %q, want gzip", coding)
	}
	if kind := response.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/javascript") {
		t.Errorf("Content-Type %q, want that of the plain file", kind)
	}
	reader, err := gzip.NewReader(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(reader)
	if err != nil || string(plain) != script {
		t.Errorf("decompressed %q, %v", plain, err)
	}
	for _, accept := range []string{"", "br", "gzip;q=0"} {
		response := ask(handler, http.MethodGet, "/assets/index-1a2b.js", map[string]string{"Accept-Encoding": accept})
		if coding := response.Header.Get("Content-Encoding"); coding != "" {
			t.Errorf("Accept-Encoding %q: Content-Encoding %q, want none", accept, coding)
		}
		if vary := response.Header.Get("Vary"); vary != "Accept-Encoding" {
			t.Errorf("Accept-Encoding %q: Vary %q, a cache would mix the two up", accept, vary)
		}
	}
}

func TestUnknownAssetIsNotFound(t *testing.T) {
	t.Parallel()
	response := ask(newHandler(builtFiles(t)), http.MethodGet, "/assets/index-gone.js", nil)
	if response.StatusCode != http.StatusNotFound {
		t.Errorf("status %d, want 404", response.StatusCode)
	}
}

func TestOtherFilesAreAskedForAgain(t *testing.T) {
	t.Parallel()
	response := ask(newHandler(builtFiles(t)), http.MethodGet, "/favicon.svg", nil)
	if got := bodyOf(t, response); got != "<svg/>" {
		t.Errorf("body %q, want the file", got)
	}
	if cache := response.Header.Get("Cache-Control"); cache != "no-cache" {
		t.Errorf("Cache-Control %q, want no-cache: its name has no hash", cache)
	}
}

func TestOnlyReadingIsAllowed(t *testing.T) {
	t.Parallel()
	handler := newHandler(builtFiles(t))
	if status := ask(handler, http.MethodPost, "/", nil).StatusCode; status != http.StatusMethodNotAllowed {
		t.Errorf("POST: status %d, want 405", status)
	}
	if head := ask(handler, http.MethodHead, "/", nil); head.StatusCode != http.StatusOK || bodyOf(t, head) != "" {
		t.Errorf("HEAD: status %d, want 200 without a body", head.StatusCode)
	}
}

func TestPlaceholderStandsInForAMissingBuild(t *testing.T) {
	t.Parallel()
	unbuilt := fstest.MapFS{
		"dist/.gitkeep":          {},
		"placeholder/index.html": {Data: []byte("npm run build")},
	}
	response := ask(newHandler(unbuilt), http.MethodGet, "/messages/m-1", nil)
	if got := bodyOf(t, response); got != "npm run build" {
		t.Errorf("body %q, want the placeholder", got)
	}
}

func TestEmbeddedPlaceholderSaysHowToBuild(t *testing.T) {
	t.Parallel()
	body, err := fs.ReadFile(files, "placeholder/index.html")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(body), "npm run build") {
		t.Error("the placeholder does not say how to build the user interface")
	}
	if response := ask(Handler(), http.MethodGet, "/", nil); response.StatusCode != http.StatusOK {
		t.Errorf("status %d, want 200 with or without a build", response.StatusCode)
	}
}
