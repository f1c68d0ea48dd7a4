// SPDX-License-Identifier: Apache-2.0

package web

import (
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

const (
	indexFile = "index.html"
	// assetFolder holds the files whose names carry a hash of their content.
	assetFolder = "assets/"

	cacheForever = "public, max-age=31536000, immutable"
	cacheNever   = "no-cache"
)

// Handler serves the user interface: its files where they exist, and its page for
// every other path, because the page itself knows what a path like /messages/m-1
// means. An unknown file among the assets is 404, so that a page of an older build
// fails loudly instead of reading HTML as a script.
func Handler() http.Handler {
	return newHandler(files)
}

// handler serves one tree of files whose root holds indexFile.
type handler struct {
	tree fs.FS
}

// newHandler picks the build, or the placeholder when there is none.
func newHandler(embedded fs.FS) http.Handler {
	for _, folder := range []string{"dist", "placeholder"} {
		tree, err := fs.Sub(embedded, folder)
		if err != nil {
			continue
		}
		if _, err := fs.Stat(tree, indexFile); err == nil {
			return &handler{tree: tree}
		}
	}
	return http.NotFoundHandler()
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "the user interface is read only", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	switch {
	case name != indexFile && h.isFile(name):
		h.serveFile(w, r, name)
	case strings.HasPrefix(name, assetFolder):
		http.NotFound(w, r)
	default:
		h.serveFile(w, r, indexFile)
	}
}

// serveFile sends a file, already compressed where the build did that and the
// client can read it.
func (h *handler) serveFile(w http.ResponseWriter, r *http.Request, name string) {
	header := w.Header()
	header.Set("Cache-Control", cacheNever)
	if strings.HasPrefix(name, assetFolder) {
		header.Set("Cache-Control", cacheForever)
	}
	header.Set("X-Content-Type-Options", "nosniff")
	if kind := contentType(name); kind != "" {
		header.Set("Content-Type", kind)
	}
	sent := name
	if h.isFile(name + ".gz") {
		header.Add("Vary", "Accept-Encoding")
		if acceptsGzip(r) {
			header.Set("Content-Encoding", "gzip")
			sent = name + ".gz"
		}
	}
	body, err := fs.ReadFile(h.tree, sent)
	if err != nil {
		http.Error(w, "read "+name+" of the user interface: "+err.Error(), http.StatusInternalServerError)
		return
	}
	if r.Method == http.MethodGet {
		_, _ = w.Write(body)
	}
}

func (h *handler) isFile(name string) bool {
	info, err := fs.Stat(h.tree, name)
	return err == nil && info.Mode().IsRegular() && !strings.HasPrefix(path.Base(name), ".")
}

// contentType does not ask the machine's own table first, which may be missing or odd.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".woff2":
		return "font/woff2"
	}
	return mime.TypeByExtension(path.Ext(name))
}

func acceptsGzip(r *http.Request) bool {
	for _, coding := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if name == "gzip" && strings.TrimSpace(weight) != "q=0" {
			return true
		}
	}
	return false
}
