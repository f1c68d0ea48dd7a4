// SPDX-License-Identifier: Apache-2.0

// Package message is what travels through quickconnect: one event that a tenant asked it to bring to
// people or to another system. Values are plain data; whoever holds one owns it.
package message

import (
	"encoding/json"
	"fmt"
)

// Channel is a way on which quickconnect brings a message to its destination.
type Channel string

// The channels of the platform.
const (
	WebSocket Channel = "websocket"
	Push      Channel = "push"
	Ticketing Channel = "ticketing"
	CRM       Channel = "crm"
)

// Channels returns all channels, busiest first.
func Channels() []Channel { return []Channel{WebSocket, Push, Ticketing, CRM} }

// Route is where the ingress accepts messages for the channel.
func (c Channel) Route() string {
	switch c {
	case WebSocket:
		return "/v1/chat"
	case Push:
		return "/v1/push"
	case Ticketing:
		return "/v1/tickets"
	default:
		return "/v1/crm"
	}
}

// Subject is where the broker keeps messages that wait for the channel's worker.
func (c Channel) Subject() string { return "deliver." + string(c) }

// DeadLetters is where a worker puts what it gave up on.
func (c Channel) DeadLetters() string { return "deadletter." + string(c) }

// Message is one event on its way.
type Message struct {
	ID           string   `json:"id"`
	Channel      Channel  `json:"channel"`
	Tenant       string   `json:"tenant"`
	Region       string   `json:"region"`
	Plan         string   `json:"plan,omitempty"`
	From         string   `json:"from"`
	To           string   `json:"to,omitempty"`           // a user, for push
	Room         string   `json:"room,omitempty"`         // for chat
	Conversation string   `json:"conversation,omitempty"` // the case that a ticket belongs to
	Device       string   `json:"device,omitempty"`       // what the addressed user holds
	Recipients   []string `json:"recipients,omitempty"`   // the users of the room, once routed
	Text         string   `json:"text"`
}

// Encode gives the message the form that the broker stores.
func (m Message) Encode() []byte {
	body, err := json.Marshal(m)
	if err != nil {
		panic(err) //nolint:forbidigo // strings alone always have a JSON form
	}
	return body
}

// Decode reads what Encode wrote.
func Decode(body []byte) (Message, error) {
	var m Message
	if err := json.Unmarshal(body, &m); err != nil {
		return Message{}, fmt.Errorf("decode message: %w", err)
	}
	return m, nil
}
