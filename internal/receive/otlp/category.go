// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"strconv"

	"github.com/hopstamp/hopstamp/internal/span"
)

const maxErrorText = 512 // bytes that are searched for a word

// failedCall tells whether an HTTP status means an error to the side that the
// span is: a refused client is wrong in its own eyes, not in the server's.
func failedCall(kind span.Kind, status uint16) bool {
	return kind == span.Client && status >= 400 || kind == span.Server && status >= 500
}

// statusCategories read an HTTP status; the first that fits wins. A plain 5xx is
// a rejection by the other side, but in the span of a server it is its own fault.
var statusCategories = [...]struct {
	from, to uint16
	category span.Category
}{
	{429, 429, span.RateLimit},
	{401, 401, span.Auth},
	{403, 403, span.Auth},
	{400, 400, span.Validation},
	{422, 422, span.Validation},
	{408, 408, span.Timeout},
	{504, 504, span.Timeout},
	{502, 503, span.Transport},
	{400, 599, span.Rejection},
}

// errorWords read the name of an error or what it says; the first word that is
// found wins, so those that say more come first. Words begin at the border of a
// word or of a Camel, so that eof is found in io.EOF and EOFException, not in geofence.
var errorWords = [...]struct {
	word     string
	category span.Category
}{
	{"timeout", span.Timeout},
	{"timed out", span.Timeout},
	{"timed_out", span.Timeout},
	{"etimedout", span.Timeout},
	{"deadline", span.Timeout},
	{"rate limit", span.RateLimit},
	{"rate_limit", span.RateLimit},
	{"ratelimit", span.RateLimit},
	{"too many requests", span.RateLimit},
	{"toomanyrequests", span.RateLimit},
	{"throttl", span.RateLimit},
	{"quota", span.RateLimit},
	{"resource_exhausted", span.RateLimit},
	{"unauthorized", span.Auth},
	{"unauthenticated", span.Auth},
	{"forbidden", span.Auth},
	{"permission", span.Auth},
	{"credential", span.Auth},
	{"access denied", span.Auth},
	{"accessdenied", span.Auth},
	{"token expired", span.Auth},
	{"connection", span.Transport},
	{"connect", span.Transport},
	{"refused", span.Transport},
	{"reset", span.Transport},
	{"econn", span.Transport},
	{"epipe", span.Transport},
	{"broken pipe", span.Transport},
	{"unreachable", span.Transport},
	{"unavailable", span.Transport},
	{"no such host", span.Transport},
	{"enotfound", span.Transport},
	{"eai_again", span.Transport},
	{"name_resolution", span.Transport},
	{"unknownhost", span.Transport},
	{"dns", span.Transport},
	{"socket", span.Transport},
	{"tls", span.Transport},
	{"ssl", span.Transport},
	{"x509", span.Transport},
	{"eof", span.Transport},
	{"invalid", span.Validation},
	{"validation", span.Validation},
	{"malformed", span.Validation},
	{"unmarshal", span.Validation},
	{"parse", span.Validation},
	{"schema", span.Validation},
	{"illegalargument", span.Validation},
	{"valueerror", span.Validation},
	{"rejected", span.Rejection},
	{"not found", span.Rejection},
	{"not_found", span.Rejection},
	{"unregistered", span.Rejection},
	{"bounce", span.Rejection},
	{"panic", span.InternalFault},
	{"nullpointer", span.InternalFault},
	{"nil pointer", span.InternalFault},
	{"index out of range", span.InternalFault},
	{"typeerror", span.InternalFault},
	{"internal", span.InternalFault},
}

// categoryOf asks the status, and then each text in turn: error.type, the type
// and the message of an exception, the message of the span's status.
func categoryOf(kind span.Kind, status uint16, texts ...string) span.Category {
	if category := categoryOfStatus(kind, status); category != span.Uncategorized {
		return category
	}
	for _, text := range texts {
		if category := categoryOfText(kind, text); category != span.Uncategorized {
			return category
		}
	}
	return span.Uncategorized
}

func categoryOfStatus(kind span.Kind, status uint16) span.Category {
	for _, row := range statusCategories {
		if status < row.from || status > row.to {
			continue
		}
		if row.category == span.Rejection && kind == span.Server && status >= 500 {
			return span.InternalFault
		}
		return row.category
	}
	return span.Uncategorized
}

// categoryOfText knows that error.type may be an HTTP status.
func categoryOfText(kind span.Kind, text string) span.Category {
	if len(text) == 3 {
		if status, err := strconv.ParseUint(text, 10, 16); err == nil {
			return categoryOfStatus(kind, uint16(status))
		}
	}
	if len(text) > maxErrorText {
		text = text[:maxErrorText]
	}
	first := len(errorWords)
	for at := range len(text) {
		if !beginsWord(text, at) {
			continue
		}
		for i := range errorWords[:first] {
			if hasPrefixFold(text[at:], errorWords[i].word) {
				first = i
				break
			}
		}
	}
	if first == len(errorWords) {
		return span.Uncategorized
	}
	return errorWords[first].category
}

// beginsWord tells whether a word, or a hump of a CamelCase, begins at a place of the text.
func beginsWord(text string, at int) bool {
	if at == 0 || !isLetter(text[at-1]) {
		return true
	}
	return isLower(text[at-1]) && !isLower(text[at])
}

// hasPrefixFold is strings.HasPrefix for a lower-case prefix and a text of any case.
func hasPrefixFold(text, lower string) bool {
	if len(text) < len(lower) {
		return false
	}
	for i := range len(lower) {
		if c := text[i]; c != lower[i] && (c|0x20 != lower[i] || !isLetter(c)) {
			return false
		}
	}
	return true
}

func isLower(c byte) bool  { return c >= 'a' && c <= 'z' }
func isLetter(c byte) bool { return isLower(c | 0x20) }
