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
		[]Trust{{Probable, "a send stands beside what was created (see Batches)"}, {Certain, ""}},
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

// BatchRule is a row of the table of sends that cover several messages, in words.
type BatchRule struct {
	Says      string // of its messages
	Delivered string // how many deliveries that makes, and where they stand
	Taken     string // by what a consumer is known to take one of them
	Missing   string // what becomes of one that nobody is seen to take
}

var batchRules = [...]BatchRule{
	{"a link to the span that created each", "one for each link, behind that span; where the send stands as long as that is not here",
		"it continues the creating span, or names what the link says", "stuck and lost as any other"},
	{"a link for each that leads nowhere, with id, key or offset", "one for each link, where the send stands",
		"it names what the link says; the context of the send alone is that of all",
		"stuck and lost as any other; unverifiable (`BatchUnclear`) once somebody took one without saying which"},
	{"only `messaging.batch.message_count`", "as many as it says, counted as estimates",
		"it continues the send: each try is one of them, those that name the same message are one, and what is tried when none are left is a retry of what failed",
		"unverifiable (`BatchUnclear`) at the deadline"},
	{"only that, below the span below which as many messages of its destination or fewer were created, and no other send to there", "as many as it says",
		"it continues a creating span, or shows the id of one",
		"unverifiable (`BatchUnclear`) at the deadline"},
	{"neither links nor a number, and it is the only send that what was created for its destination before it, below the same span, can be of",
		"one for each creating span, behind that", "it continues the creating span, or shows the id of one", "stuck and lost as any other"},
	{"the same, and another send may be of what was created, or it may be of only some of that", "one, where the send stands", "it continues the send",
		"unverifiable (`BatchUnclear`) at the deadline, like what was created"},
	{"fewer links that lead nowhere than it counts messages", "one for each link, and one for each of the rest", "as above",
		"as above, and of the rest unverifiable (`BatchUnclear`)"},
	{"fewer links to creating spans than it counts messages", "one for each link", "as above",
		"what was created for its destination and is not seen to be sent is unverifiable (`LinksDropped`)"},
}

// BatchRules lists the table of sends that cover several messages.
func BatchRules() []BatchRule { return append([]BatchRule(nil), batchRules[:]...) }

// JoinRules lists the join table.
func JoinRules() []JoinRule { return append([]JoinRule(nil), joinRules[:]...) }
