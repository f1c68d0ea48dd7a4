// SPDX-License-Identifier: Apache-2.0

package otlp

// kafka is the system whose messages have no id of their own.
const kafka = "kafka"

// identity answers the sender's id of a message, and its coordinate: where it lies
// in its destination. What a link or an event does not say is taken from the span
// around it.
//
// Some libraries send a coordinate in place of an id: an id that is the offset
// said beside it, or the delivery tag, or a number at Kafka where the partition is
// said and no offset. Then it is a coordinate and no id.
func (d *Decoder) identity(v, around *values) (id, coordinate string) {
	id = d.id(v, messageIDField)
	switch {
	case v.has(offsetField):
		offset := d.id(v, offsetField)
		coordinate = d.inPartition(v, around, offset)
		if id == offset || id == coordinate {
			id = ""
		}
	case v.has(deliveryTagField):
		tag := d.id(v, deliveryTagField)
		coordinate = d.handedOut(v, around, tag)
		if id == tag {
			id = ""
		}
	case isNumber(id) && around.text(systemField) == kafka:
		if coordinate = d.inPartition(v, around, id); coordinate != "" {
			id = ""
		}
	}
	return id, coordinate
}

// inPartition is "partition:offset", the same at the publisher and at every
// consumer. An offset alone is none, nor is one that the broker did not give:
// clients then say -1.
func (d *Decoder) inPartition(v, around *values, offset string) string {
	partition := d.id(either(v, around, partitionField), partitionField)
	if partition == "" || offset == "" || partition[0] == '-' || offset[0] == '-' {
		return ""
	}
	return d.join("", partition, ":", offset)
}

// handedOut is "#tag@consumer". A delivery tag counts the messages handed to one
// consumer, so it finds what else that consumer says of the message, such as its
// acknowledgement; without the consumer it means nothing.
func (d *Decoder) handedOut(v, around *values, tag string) string {
	consumer := d.id(either(v, around, clientField), clientField)
	if consumer == "" {
		consumer = d.id(&d.resource.values, instanceField)
	}
	if consumer == "" || tag == "" {
		return ""
	}
	return d.join("#", tag, "@", consumer)
}

// either answers which values say a field: the nearer ones go first.
func either(v, around *values, f field) *values {
	if v.has(f) {
		return v
	}
	return around
}

// join writes a text that the request doesn't hold.
func (d *Decoder) join(texts ...string) string {
	from := len(d.texts)
	for _, text := range texts {
		d.texts = append(d.texts, text...)
	}
	return view(d.texts[from:])
}

func isNumber(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}
