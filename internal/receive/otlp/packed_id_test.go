// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/VictoriaMetrics/easyproto"

	"github.com/hopstamp/hopstamp/internal/span"
)

const anID = "5f1c0e7f6a0b4d2e"

func attribute(m *easyproto.MessageMarshaler, name, value string) {
	keyValue := m.AppendMessage(9)
	keyValue.AppendString(1, name)
	keyValue.AppendMessage(2).AppendString(1, value)
}

// Message ids are in the log once, in the stamps, and come back from there.
func TestMessageIDsComeBack(t *testing.T) {
	t.Parallel()
	const another = "0badcafe12345678"
	for why, say := range map[string]func(*easyproto.MessageMarshaler, string){
		"usual": func(m *easyproto.MessageMarshaler, id string) {
			attribute(m, "tenant.id", "t")
			attribute(m, messageIDName, id)
		},
		"the value first": func(m *easyproto.MessageMarshaler, id string) {
			keyValue := m.AppendMessage(9)
			keyValue.AppendMessage(2).AppendString(1, id)
			keyValue.AppendString(1, messageIDName)
		},
	} {
		request := request(withAttributes(1, func(m *easyproto.MessageMarshaler) { say(m, anID) }),
			withAttributes(2, func(m *easyproto.MessageMarshaler) { say(m, another) }))
		message := logMessage(t, request)
		if bytes.Count(message, []byte(anID)) != 1 || bytes.Count(message, []byte(another)) != 1 {
			t.Errorf("%s: each id is to be once in %q", why, message)
		}
		if got, want := bareSpans(t, unpacked(t, request)), bareSpans(t, request); !slices.Equal(got, want) || len(got) != 2 {
			t.Errorf("%s: got  %x\nwant %x", why, got, want)
		}
	}
}

// Where it isn't plain which attribute the id is from it is left where it is.
func TestMessageIDsOfOddShapes(t *testing.T) {
	t.Parallel()
	zeros := string(make([]byte, len(anID)))
	for why, attributes := range map[string]func(*easyproto.MessageMarshaler){
		"twice": func(m *easyproto.MessageMarshaler) {
			attribute(m, messageIDName, anID)
			attribute(m, messageIDName, zeros)
		},
		"zeros first": func(m *easyproto.MessageMarshaler) {
			attribute(m, messageIDName, zeros)
			attribute(m, messageIDName, anID)
		},
		"an empty one": func(m *easyproto.MessageMarshaler) {
			attribute(m, messageIDName, "")
			attribute(m, messageIDName, anID)
		},
		"the older name": func(m *easyproto.MessageMarshaler) { attribute(m, "messaging.message_id", anID) },
		"both names": func(m *easyproto.MessageMarshaler) {
			attribute(m, "messaging.message_id", anID)
			attribute(m, messageIDName, zeros)
		},
		"zeros":      func(m *easyproto.MessageMarshaler) { attribute(m, messageIDName, zeros) },
		"a long one": func(m *easyproto.MessageMarshaler) { attribute(m, messageIDName, strings.Repeat(anID, 9)) },
		"beside long": func(m *easyproto.MessageMarshaler) {
			attribute(m, "x", strings.Repeat("x", 200))
			attribute(m, messageIDName, anID)
		},
		"an offset": func(m *easyproto.MessageMarshaler) {
			attribute(m, "kafka.offset", anID)
			attribute(m, messageIDName, anID)
		},
		"a tenant": func(m *easyproto.MessageMarshaler) {
			attribute(m, messageIDName, anID)
			attribute(m, "tenant.id", anID)
		},
		"no UTF-8":        func(m *easyproto.MessageMarshaler) { attribute(m, messageIDName, "\xff"+anID) },
		"a name and none": func(m *easyproto.MessageMarshaler) { attribute(m, messageIDName, anID); m.AppendMessage(9) },
		"two keys": func(m *easyproto.MessageMarshaler) {
			keyValue := m.AppendMessage(9)
			keyValue.AppendString(1, messageIDName)
			keyValue.AppendString(1, "messaging.message_id")
			keyValue.AppendMessage(2).AppendString(1, anID)
		},
	} {
		request := request(withAttributes(1, attributes), withAttributes(2, attributes), withAttributes(3, func(*easyproto.MessageMarshaler) {}))
		if got, want := bareSpans(t, unpacked(t, request)), bareSpans(t, request); !slices.Equal(got, want) || len(got) != 3 {
			t.Errorf("%s: got  %x\nwant %x", why, got, want)
		}
	}
}

// The first version of a packed request has the message ids in it.
func TestPackedRequestsOfTheFirstVersionAreRead(t *testing.T) {
	t.Parallel()
	sent := request(withAttributes(1, func(m *easyproto.MessageMarshaler) { attribute(m, messageIDName, anID) }))
	decoder, batch, stripped := NewDecoder(newTable(t, nil)), new(span.Batch), bytes.Clone(sent)
	if err := decoder.DecodeAndStrip(stripped, batch); err != nil {
		t.Fatal(err)
	}
	stamps := span.AppendStamps(nil, batch)
	message := AppendPacked(bytes.Clone(stamps), stripped)
	message[len(stamps)+2+5] = packedV1 // behind tag and length
	back, err := NewCutter().Cut(nil, message, asSent, nil)
	if got, want := bareSpans(t, back), bareSpans(t, sent); err != nil || !slices.Equal(got, want) || len(got) != 1 {
		t.Errorf("error %v, got  %x\nwant %x", err, got, want)
	}
}

func withAttributes(n byte, attributes func(*easyproto.MessageMarshaler)) func(*easyproto.MessageMarshaler) {
	return func(m *easyproto.MessageMarshaler) {
		m.AppendBytes(1, bytes.Repeat([]byte{n}, 16))
		m.AppendBytes(2, bytes.Repeat([]byte{n}, 8))
		m.AppendString(5, "send")
		m.AppendFixed64(7, 1000)
		m.AppendFixed64(8, 2000)
		attributes(m)
	}
}
