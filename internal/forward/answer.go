// SPDX-License-Identifier: Apache-2.0

package forward

import (
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/encoding/protowire"
)

const (
	// largestAnswer is how much of an answer is read.
	largestAnswer = 64 << 10
	// longestWords is how much of it is logged.
	longestWords = 300
)

// verdict is what becomes of an item after an answer.
type verdict int

const (
	again verdict = iota
	taken
	refused
)

func (v verdict) String() string { return [...]string{"again", "taken", "refused"}[v] }

// answer is what the backend said, or the network in its place.
type answer struct {
	verdict verdict
	// reason is short and of few values: it is a label.
	reason string
	// words are the backend's own.
	words string
	// rejected is how many spans of a request that was taken were not.
	rejected int
	// after is how long the backend asks to be left alone.
	after time.Duration
}

// understand follows the OTLP specification with two exceptions, both so that
// nothing is lost for a reason that is not the item's: what says that the
// address or the token is wrong (401, 403, 404, a redirect) is tried again, as
// somebody will put it right, and so is every error of the 500 class.
func understand(response *http.Response, body []byte, now time.Time) answer {
	status := response.StatusCode
	a := answer{reason: strconv.Itoa(status), after: retryAfter(response.Header.Get("Retry-After"), now)}
	switch {
	case status < 300:
		a.verdict, a.reason = taken, ""
		a.rejected, a.words = partialSuccess(body)
		return a
	case status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusNotFound,
		status == http.StatusRequestTimeout || status == http.StatusTooManyRequests:
	case status >= 400 && status < 500:
		a.verdict = refused
	}
	a.words = response.Status + ": " + wordsOf(response.Header.Get("Content-Type"), body)
	return a
}

// retryAfter reads seconds or a date; 0 when there is neither.
func retryAfter(text string, now time.Time) time.Duration {
	if seconds, err := strconv.Atoi(text); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// wordsOf finds the message in an answer: a Status in protobuf, or text. It does
// not hold on to the answer.
func wordsOf(contentType string, body []byte) string {
	text := string(body)
	if strings.HasPrefix(contentType, "application/x-protobuf") {
		text = ""
		eachField(body, func(number protowire.Number, value []byte, _ uint64) {
			if number == 2 {
				text = string(value)
			}
		})
	}
	text = strings.TrimSpace(strings.ToValidUTF8(text, "?"))
	for len(text) > longestWords || !utf8.ValidString(text) {
		text = text[:min(longestWords, len(text)-1)]
	}
	return strings.Clone(text)
}

// partialSuccess reads an ExportTraceServiceResponse.
func partialSuccess(body []byte) (rejected int, words string) {
	eachField(body, func(number protowire.Number, partial []byte, _ uint64) {
		if number != 1 {
			return
		}
		eachField(partial, func(number protowire.Number, value []byte, n uint64) {
			switch number {
			case 1:
				rejected = int(min(n, 1<<31))
			case 2:
				words = wordsOf("", value)
			}
		})
	})
	return rejected, words
}
