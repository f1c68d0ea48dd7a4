// SPDX-License-Identifier: Apache-2.0

package span

import (
	"encoding/binary"
	"errors"
)

// How stamps lie in a chunk of the log: as a field beside the raw spans that every
// other OTLP reader skips as unknown. Protobuf messages concatenate, so chunks do
// too: a log message holds one chunk or many.
//
//	+------------------------+---------------------------------------------------+
//	| stamps (1000), bytes   | what is left of the raw spans: receive/otlp       |
//	+------------------------+---------------------------------------------------+
//	stamps  = version u8 | received u64 | symbols | records
//	symbols = count uvarint, then count x (length uvarint, bytes); symbol 0 is not written
//	records = count uvarint, then count x record
//	record  = head uvarint | form, when the head says that it is new
//	          | trace 16, unless as before | span 8 | parent 8, when it is neither absent nor known
//	          | start - start of the record before (of the first: received) varint | end-start varint
//	          | for each bit set in the present of the form: the field (see appendOwn)
//	head    = back << 3 | parent << 1 | trace is that of the record before
//	form    = kind u8 | stage u8 | outcome u8 | category u8 | present uvarint
//	          | for each bit set in present: the field (see formSymbols)
//
// Most records have the form of one a few records before: then back says which, and
// the form is not written. Integers are little endian. The bits of present are those
// of version 2 (see codec_old.go), which wrote each record for itself, and hasHolder.
const (
	stampsField = 1000
	stampsTag   = stampsField<<3 | 2
	codecV1     = 1 // without the fields from hasPartial on
	codecV2     = 2
	codecV3     = 3
	codecV4     = 4 // codecV3 of a batch that is Throttled
)

// What a head says of the trace and the parent, and how far back a form may be.
const (
	sameTrace   = 1
	parentShift = 1
	parentBits  = 3
	backShift   = 3
	maxBack     = 255
)

// Where the parent of a record is found.
const (
	noParent    = iota
	spanBefore  // it is the span of the record before
	alikeBefore // it is the parent of the record before
	ownParent
)

// Presence bits. Append, never reorder: they are the format.
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

// What records seldom have.
const (
	hasCounts  = hasRetry | hasRecipients | hasDroppedLinks
	hasTexts   = hasKey | hasMessageID | hasConversation | hasRecipient
	hasNumbers = hasEvent | hasCounts | hasBatch | hasThreshold | hasOrigin | hasHolder
	hasAnyDim  = (1<<NumDims - 1) * hasDims
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
	version := byte(codecV3)
	if b.Throttled {
		version = codecV4
	}
	dst = append(dst, version)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(b.Received))
	dst = binary.AppendUvarint(dst, uint64(len(b.Symbols)-1))
	for _, text := range b.Symbols[1:] {
		dst = appendText(dst, text)
	}
	dst = binary.AppendUvarint(dst, uint64(len(b.Records)))
	dst = appendRecords(dst, b)
	length := len(dst) - from
	for i := range 5 {
		dst[lengthAt+i] |= byte(length>>(7*i)) & 0x7f
	}
	return dst
}

func appendRecords(dst []byte, b *Batch) []byte {
	var recent forms
	before := &Record{Start: b.Received}
	for i := range b.Records {
		r := &b.Records[i]
		present := r.present()
		back := recent.find(b.Records, i, present)
		head := uint64(back) << backShift
		where := r.parentAfter(before)
		head |= uint64(where) << parentShift
		if r.Trace == before.Trace {
			head |= sameTrace
		}
		dst = binary.AppendUvarint(dst, head)
		if back == 0 {
			dst = appendForm(dst, r, present)
		}
		if head&sameTrace == 0 {
			dst = append(dst, r.Trace[:]...)
		}
		dst = append(dst, r.Span[:]...)
		if where == ownParent {
			dst = append(dst, r.Parent[:]...)
		}
		dst = binary.AppendVarint(dst, r.Start-before.Start)
		dst = binary.AppendVarint(dst, r.End-r.Start)
		dst = appendOwn(dst, r, present)
		before = r
	}
	return dst
}

func (r *Record) parentAfter(before *Record) int {
	switch r.Parent {
	case ID{}:
		return noParent
	case before.Span:
		return spanBefore
	case before.Parent:
		return alikeBefore
	}
	return ownParent
}

// appendForm appends what records of a kind have alike.
func appendForm(dst []byte, r *Record, present uint64) []byte {
	dst = append(dst, byte(r.Kind), byte(r.Stage), byte(r.Outcome), byte(r.Category))
	dst = binary.AppendUvarint(dst, present)
	if r.HTTPStatus != 0 {
		dst = binary.AppendUvarint(dst, uint64(r.HTTPStatus))
	}
	for _, symbol := range r.formSymbols() {
		if *symbol != 0 {
			dst = binary.AppendUvarint(dst, uint64(*symbol))
		}
	}
	return dst
}

// formSymbols are the symbols of a form in the order in which they are written.
func (r *Record) formSymbols() [9]*Symbol {
	return [...]*Symbol{&r.Service, &r.Name, &r.Route, &r.System, &r.Topic, &r.Group, &r.ErrorType, &r.Cluster, &r.Host}
}

// formBits are the presence bits of the form's symbols, in the same order.
var formBits = [9]uint64{hasService, hasName, hasRoute, hasSystem, hasTopic, hasGroup, hasErrorType, hasCluster, hasHost}

// appendOwn appends the fields in which records of one form differ.
func appendOwn(dst []byte, r *Record, present uint64) []byte {
	if present&hasNumbers != 0 {
		for _, number := range [...]uint64{uint64(r.Event), uint64(r.Retry), uint64(r.Recipients), uint64(r.DroppedLinks),
			uint64(r.Batch), r.Threshold, r.Origin, uint64(r.Holder)} {
			if number != 0 {
				dst = binary.AppendUvarint(dst, number)
			}
		}
	}
	if r.Server != 0 {
		dst = binary.AppendUvarint(dst, uint64(r.Server))
	}
	if present&hasAnyDim != 0 {
		for i := range r.Dims {
			if r.Dims[i] != 0 {
				dst = binary.AppendUvarint(dst, uint64(r.Dims[i]))
			}
		}
	}
	if present&(hasTexts|hasCoordinate) != 0 {
		for _, text := range [...]*string{&r.Key, &r.MessageID, &r.Conversation, &r.Recipient, &r.Coordinate} {
			if *text != "" {
				dst = appendText(dst, *text)
			}
		}
	}
	if present&hasLinks != 0 {
		dst = appendLinks(dst, r, present&hasLinkTexts != 0)
	}
	return dst
}

// What a link has in common with its record.
const (
	linkToTrace  = 1 // its trace is the record's
	linkToParent = 2 // its span is the record's parent
)

func appendLinks(dst []byte, r *Record, texts bool) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(r.Links)))
	for i := range r.Links {
		link := &r.Links[i]
		var head byte
		if link.Trace == r.Trace {
			head |= linkToTrace
		}
		if link.Span == r.Parent {
			head |= linkToParent
		}
		dst = append(dst, head)
		if head&linkToTrace == 0 {
			dst = append(dst, link.Trace[:]...)
		}
		if head&linkToParent == 0 {
			dst = append(dst, link.Span[:]...)
		}
		if texts {
			for _, text := range link.texts() {
				dst = appendText(dst, *text)
			}
		}
	}
	return dst
}

func appendText(dst []byte, text string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(text)))
	return append(dst, text...)
}
