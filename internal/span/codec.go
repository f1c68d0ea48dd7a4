// SPDX-License-Identifier: Apache-2.0

package span

import (
	"encoding/binary"
	"errors"
	"math/bits"
)

// How a chunk of the log is laid out. The raw spans stay what they were, a valid
// OTLP ExportTraceServiceRequest; what was decoded from them travels beside them
// as a field that every other OTLP reader skips as unknown. Protobuf messages
// concatenate, so chunks do too: a log message holds one chunk or many.
//
//	+---------------------+---------------------+-----+------------------------+
//	| resource_spans (1)  | resource_spans (1)  | ... | stamps (1000), bytes   |
//	+---------------------+---------------------+-----+------------------------+
//	stamps  = version u8 | received u64 | symbols | records
//	symbols = count uvarint, then count x (length uvarint, bytes); symbol 0 is not written
//	records = count uvarint, then count x record
//	record  = trace 16 | span 8 | parent 8 | start u64 | end-start varint
//	          | kind u8 | stage u8 | outcome u8 | category u8 | present uvarint
//	          | for each bit set in present, lowest first: the field (see fields)
//
// Integers are little endian. The order of the bits is the format: append, never reorder.
const (
	stampsField = 1000
	stampsTag   = stampsField<<3 | 2
	codecV1     = 1 // without the fields from hasPartial on
	codecV2     = 2
)

// Presence bits of the optional fields.
const (
	hasError = 1 << iota
	hasExplicit
	hasEvent
	hasStatus
	hasRetry
	hasRecipients
	hasDroppedLinks
	hasService
	hasName
	hasRoute
	hasSystem
	hasTopic
	hasGroup
	hasServer
	hasErrorType
	hasKey
	hasMessageID
	hasConversation
	hasRecipient
	hasLinks
	hasDims // first of NumDims bits
)

// The bits behind those of the dimensions.
const (
	hasPartial = hasDims << NumDims << iota
	hasCluster
	hasHost
	hasCoordinate
	hasBatch
	hasThreshold
	hasLinkTexts // each link is followed by its five texts
	hasOrigin
	hasHolder
)

// What records seldom have, and how long the ids and the start are that begin each.
const (
	hasCounts = hasRetry | hasRecipients | hasDroppedLinks
	hasTexts  = hasKey | hasMessageID | hasConversation | hasRecipient
	recordIDs = 16 + 8 + 8 + 8
)

// ErrMalformed is wrapped by every error of a reader of stamps.
var ErrMalformed = errors.New("malformed stamps")

// AppendStamps appends the stamps field of b to a chunk.
func AppendStamps(dst []byte, b *Batch) []byte {
	dst = binary.AppendUvarint(dst, stampsTag)
	// The length is known only after writing: leave five bytes, a uvarint padded to its longest 32-bit form.
	lengthAt := len(dst)
	dst = append(dst, 0x80, 0x80, 0x80, 0x80, 0)
	from := len(dst)
	dst = append(dst, codecV2)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(b.Received))
	dst = binary.AppendUvarint(dst, uint64(len(b.Symbols)-1))
	for _, text := range b.Symbols[1:] {
		dst = appendText(dst, text)
	}
	dst = binary.AppendUvarint(dst, uint64(len(b.Records)))
	for i := range b.Records {
		dst = appendRecord(dst, &b.Records[i])
	}
	length := len(dst) - from
	for i := range 5 {
		dst[lengthAt+i] |= byte(length>>(7*i)) & 0x7f
	}
	return dst
}

func appendRecord(dst []byte, r *Record) []byte {
	dst = append(dst, r.Trace[:]...)
	dst = append(dst, r.Span[:]...)
	dst = append(dst, r.Parent[:]...)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(r.Start))
	dst = binary.AppendVarint(dst, r.End-r.Start)
	dst = append(dst, byte(r.Kind), byte(r.Stage), byte(r.Outcome), byte(r.Category))
	integers := r.integers()
	present := r.present(&integers)
	dst = binary.AppendUvarint(dst, present)
	for left := present / hasEvent & (1<<len(integers) - 1); left != 0; left &= left - 1 {
		dst = binary.AppendUvarint(dst, uint64(integers[bits.TrailingZeros64(left)]))
	}
	for _, text := range [...]string{r.Key, r.MessageID, r.Conversation, r.Recipient} {
		if text != "" {
			dst = appendText(dst, text)
		}
	}
	if len(r.Links) > 0 {
		dst = appendLinks(dst, r.Links, present&hasLinkTexts != 0)
	}
	for _, symbol := range r.Dims {
		if symbol != 0 {
			dst = binary.AppendUvarint(dst, uint64(symbol))
		}
	}
	if present < hasPartial {
		return dst
	}
	return appendLater(dst, r)
}

// appendLater appends the fields that version 2 added.
func appendLater(dst []byte, r *Record) []byte {
	for _, symbol := range [...]Symbol{r.Cluster, r.Host} {
		if symbol != 0 {
			dst = binary.AppendUvarint(dst, uint64(symbol))
		}
	}
	if r.Coordinate != "" {
		dst = appendText(dst, r.Coordinate)
	}
	for _, number := range [...]uint64{uint64(r.Batch), r.Threshold, r.Origin, uint64(r.Holder)} {
		if number != 0 {
			dst = binary.AppendUvarint(dst, number)
		}
	}
	return dst
}

func appendLinks(dst []byte, links []Link, texts bool) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(links)))
	for i := range links {
		link := &links[i]
		dst = append(dst, link.Trace[:]...)
		dst = append(dst, link.Span[:]...)
		if texts {
			for _, text := range link.texts() {
				dst = appendText(dst, *text)
			}
		}
	}
	return dst
}

func (l *Link) texts() [5]*string {
	return [...]*string{&l.Key, &l.MessageID, &l.Conversation, &l.Recipient, &l.Coordinate}
}

// described tells whether some link says more than where it leads.
func described(links []Link) bool {
	for i := range links {
		for _, text := range links[i].texts() {
			if *text != "" {
				return true
			}
		}
	}
	return false
}

// integers are the optional integers in the order of their bits, from hasEvent to hasErrorType.
func (r *Record) integers() [13]uint32 {
	return [...]uint32{uint32(r.Event), uint32(r.HTTPStatus), r.Retry, r.Recipients, r.DroppedLinks,
		uint32(r.Service), uint32(r.Name), uint32(r.Route), uint32(r.System), uint32(r.Topic), uint32(r.Group),
		uint32(r.Server), uint32(r.ErrorType)}
}

func (r *Record) present(integers *[13]uint32) (bits uint64) {
	set := func(on bool, bit uint64) {
		if on {
			bits |= bit
		}
	}
	set(r.Error, hasError)
	set(r.Explicit, hasExplicit)
	for i, field := range integers {
		set(field != 0, hasEvent<<i)
	}
	set(r.Key != "", hasKey)
	set(r.MessageID != "", hasMessageID)
	set(r.Conversation != "", hasConversation)
	set(r.Recipient != "", hasRecipient)
	set(len(r.Links) > 0, hasLinks)
	for i, symbol := range r.Dims {
		set(symbol != 0, hasDims<<i)
	}
	set(r.Partial, hasPartial)
	set(r.Cluster != 0, hasCluster)
	set(r.Host != 0, hasHost)
	set(r.Coordinate != "", hasCoordinate)
	set(r.Batch != 0, hasBatch)
	set(r.Threshold != 0, hasThreshold)
	set(described(r.Links), hasLinkTexts)
	set(r.Origin != 0, hasOrigin)
	set(r.Holder != 0, hasHolder)
	return bits
}

func appendText(dst []byte, text string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(text)))
	return append(dst, text...)
}
