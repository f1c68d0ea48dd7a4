// SPDX-License-Identifier: Apache-2.0

package journey

// JoinRule is a row of the join table, in words: how it is found that two stamps
// are of one message.
type JoinRule struct {
	Rule    Rule
	Matches string // what is equal
	Scope   string // where it has to be equal
	Trusted []Trust
	Example string
}

// Trust is when a join is how sure.
type Trust struct {
	Confidence Confidence
	When       string // "": otherwise
}

// joinRules are in the order in which they are tried: what the sender propagated
// goes before what only looks the same.
var joinRules = [...]JoinRule{
	{ByParent, "the parent of a span is the other span", "one trace",
		[]Trust{{Certain, ""}},
		"`process orders` has the span id of `send orders` as its parent"},
	{ByLink, "a link of a consumer leads to the other span, or one of a send to the span that created its message", "any trace",
		[]Trust{{Probable, "the other span is not there (yet)"}, {Certain, ""}},
		"`poll orders` of a trace of its own has a link to `send orders`"},
	{ByID, "the message key, or the message id", "a key everywhere; an id in its messaging system and destination",
		[]Trust{{Certain, ""}},
		"`messaging.message.id` is `m-7f3a` on both sides of `orders`, and no context was propagated"},
	{ByCoordinate, "the coordinate: partition and offset, or the delivery tag of a consumer", "its messaging system, cluster and destination",
		[]Trust{{Certain, "both sides say the cluster"}, {Probable, ""}},
		"both sides say partition `3` and offset `17` of `orders`"},
	{ByConversation, "the conversation id", "replies and acknowledgements only",
		[]Trust{{Weak, ""}},
		"the reply has the `messaging.message.conversation_id` of the request"},
}

// JoinRules lists the join table.
func JoinRules() []JoinRule { return append([]JoinRule(nil), joinRules[:]...) }
