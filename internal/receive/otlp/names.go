// SPDX-License-Identifier: Apache-2.0

package otlp

import (
	"github.com/hopstamp/hopstamp/internal/span"
	"github.com/hopstamp/hopstamp/wire"
)

// field is what an attribute means to Hopstamp, whatever the generation of its name.
type field uint8

const (
	unread field = iota // serves only the dimensions that name it

	stageField
	keyField
	recipientField
	recipientsField
	retryField
	categoryField
	outcomeField

	serviceField
	instanceField
	hostField
	systemField
	operationField
	operationNameField
	topicField
	groupField
	messageIDField
	conversationField
	partitionField
	offsetField
	deliveryTagField
	clientField
	clusterField
	batchField
	deliveriesField

	methodField
	statusField
	routeField
	serverField
	urlField
	rpcField
	databaseField

	errorTypeField
	exceptionTypeField
	exceptionMessageField

	dimensionField // the first of span.NumDims
	numFields      = dimensionField + field(span.NumDims)
)

// fieldWords say what is read out of a field, for the reference.
var fieldWords = [dimensionField]string{
	unread:     "nothing by itself; a dimension may name it",
	stageField: "stage", keyField: "message key", recipientField: "recipient", recipientsField: "recipients to expect",
	retryField: "tries before this one", categoryField: "error category", outcomeField: "outcome",
	serviceField: "service", instanceField: "service instance, where a delivery tag has no client",
	hostField: "host, whose clock the times are of", systemField: "messaging system",
	operationField: "operation", operationNameField: "operation, where its type says nothing", topicField: "destination",
	groupField: "consumer group", messageIDField: "message id", conversationField: "conversation", partitionField: "partition",
	offsetField: "offset", deliveryTagField: "delivery tag", clientField: "consumer of a delivery tag",
	clusterField: "cluster of the broker", batchField: "messages that the span covers",
	deliveriesField: "deliveries, this one included", methodField: "HTTP call", statusField: "HTTP status", routeField: "route",
	serverField: "server that is called", urlField: "server that is called, where it is not said", rpcField: "RPC call",
	databaseField: "database call", errorTypeField: "error", exceptionTypeField: "error, where its type is not said",
	exceptionMessageField: "what the error says",
}

const messageIDName = "messaging.message.id"

// generations is the whole knowledge of attribute names: per field the name of
// today first, then its older names, newest first. When a span carries several
// (libraries may send both while they migrate) the leftmost wins.
//
// A dimension of the configuration that names an attribute also finds the older
// names of its row.
var generations = [...]struct {
	field field
	names []string
}{
	{stageField, []string{wire.AttributeStage}},
	{keyField, []string{wire.AttributeMessageKey}},
	{recipientField, []string{wire.AttributeRecipient}},
	{recipientsField, []string{wire.AttributeRecipients}},
	{categoryField, []string{wire.AttributeErrorCategory}},
	{outcomeField, []string{wire.AttributeOutcome}},
	// Tries before this one. Deliveries count this one too.
	{retryField, []string{wire.AttributeRetry, "http.request.resend_count", "http.resend_count", "http.retry_count"}},
	{deliveriesField, []string{"messaging.servicebus.message.delivery_count", "messaging.gcp_pubsub.message.delivery_attempt"}},

	{serviceField, []string{"service.name"}},
	{instanceField, []string{"service.instance.id"}},

	{systemField, []string{"messaging.system"}},
	{operationField, []string{"messaging.operation.type", "messaging.operation"}},
	{operationNameField, []string{"messaging.operation.name"}},
	{topicField, []string{"messaging.destination.name", "messaging.destination", "messaging.source.name",
		"messaging.destination_publish.name"}},
	{messageIDField, []string{messageIDName, "messaging.message_id"}},
	{conversationField, []string{"messaging.message.conversation_id", "messaging.conversation_id"}},
	{groupField, []string{"messaging.consumer.group.name", "messaging.kafka.consumer_group", "messaging.kafka.consumer.group",
		"messaging.rocketmq.client_group", "messaging.eventhubs.consumer.group"}},
	{partitionField, []string{"messaging.destination.partition.id", "messaging.kafka.partition",
		"messaging.kafka.destination.partition", "messaging.kafka.source.partition"}},
	// No other broker has an attribute for the place of a message, as of semantic conventions 1.44.
	{offsetField, []string{"kafka.offset", "messaging.kafka.offset", "messaging.kafka.message.offset"}},
	// The last name never was in the conventions; the RabbitMQ client for .NET sends it.
	{deliveryTagField, []string{"rabbitmq.message.delivery_tag", "messaging.rabbitmq.message.delivery_tag",
		"messaging.rabbitmq.delivery_tag"}},
	{clusterField, []string{"kafka.cluster.id", "messaging.kafka.cluster.id"}},
	{batchField, []string{"messaging.batch.message_count"}},
	{clientField, []string{"messaging.client.id", "messaging.client_id", "messaging.kafka.client_id", "messaging.consumer.id"}},
	{unread, []string{"messaging.message.body.size", "messaging.message_payload_size_bytes",
		"messaging.message.payload_size_bytes"}},
	{unread, []string{"messaging.destination.subscription.name", "messaging.servicebus.destination.subscription_name"}},

	{methodField, []string{"http.request.method", "http.method"}},
	{statusField, []string{"http.response.status_code", "http.status_code"}},
	{routeField, []string{"http.route"}},
	{serverField, []string{"server.address", "net.peer.name", "net.sock.peer.name"}},
	{urlField, []string{"url.full", "http.url"}},
	{rpcField, []string{"rpc.system.name", "rpc.system"}},
	{databaseField, []string{"db.system.name", "db.system"}},
	{unread, []string{"client.address", "http.client_ip"}},
	{unread, []string{"user_agent.original", "http.user_agent"}},
	{unread, []string{"deployment.environment.name", "deployment.environment"}},

	{errorTypeField, []string{"error.type"}},
	{exceptionTypeField, []string{"exception.type"}},
	{exceptionMessageField, []string{"exception.message"}},
}

// hostNames say whose clock the times of a resource are of; the first found wins.
// What identifies the machine goes first, because all containers of a node share
// its clock. host.name comes behind the node: inside a container it is mostly the
// container's own. Then come the parts of a node, an id before a name that may be
// given anew. To split a clock in two costs precision; to take two clocks for one
// would be wrong, so a resource that says nothing of this is known by its service.
var hostNames = []string{"host.id", "k8s.node.uid", "k8s.node.name", "host.name", "k8s.pod.uid", "container.id",
	"k8s.pod.name", "service.instance.id"}
