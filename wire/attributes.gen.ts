// SPDX-License-Identifier: Apache-2.0

// Code generated from attributes.yaml; DO NOT EDIT.

/** The attributes. */
export const attributes = {
  /** The canonical point of the way that this span, or this event of a span, stands for. It wins over what the span kind and the messaging operation say. (string) */
  stage: "hopstamp.stage",
  /** The platform's own id of the message. It names the message everywhere, and finds it. (string) */
  messageKey: "hopstamp.message.key",
  /** Whom this delivery is for. An opaque id; it is never a label of a metric. (string) */
  recipient: "hopstamp.recipient",
  /** How many deliveries to expect of the message, said where they are known, usually where it is accepted or routed. (int) */
  recipients: "hopstamp.recipients",
  /** How the recipient is reached. A bounded set. (string) */
  channel: "hopstamp.channel",
  /** The customer of the platform for whom the message travels. A bounded set. (string) */
  tenant: "hopstamp.tenant",
  /** The system or connector that takes the message at the end. A bounded set. (string) */
  destination: "hopstamp.destination",
  /** The outside company through which the delivery goes. A bounded set. (string) */
  provider: "hopstamp.provider",
  /** The region of the recipient, or of the part that serves them. A bounded set. (string) */
  region: "hopstamp.region",
  /** The type of the recipient's device, not its id. A bounded set. (string) */
  device: "hopstamp.device",
  /** How many tries came before this one; 0 is the first try. (int) */
  retry: "hopstamp.retry",
  /** The kind of the error. It wins over what the HTTP status and error.type say. (string) */
  errorCategory: "hopstamp.error.category",
  /** How the delivery ended, for good. Without it a failed try may still be followed by a good one. (string) */
  outcome: "hopstamp.outcome",
  /** The stream of a log record. Each has its own retention and access. (string) */
  stream: "hopstamp.stream",
} as const;

/** A value of hopstamp.stage. */
export type Stage =
  /** the message exists at its author */
  | "created"
  /** the platform took responsibility for it */
  | "accepted"
  /** it has the platform's own form */
  | "normalized"
  /** what it lacked was looked up */
  | "enriched"
  /** its recipients and channels are decided */
  | "routed"
  /** it was handed to a broker */
  | "published"
  /** a consumer took it from the broker */
  | "consumed"
  /** a consumer did its work on it */
  | "processed"
  /** a destination outside was called */
  | "invoked"
  /** the destination says that it reached the recipient's device or inbox */
  | "delivered"
  /** the client has it */
  | "received"
  /** the user could see it */
  | "rendered"
  /** the user opened it */
  | "opened"
  /** the sender knows that it arrived */
  | "acknowledged";

/** A value of hopstamp.outcome. */
export type Outcome =
  /** no further try will be made */
  | "failed"
  /** it was put aside in a dead-letter queue */
  | "dead_lettered"
  /** it was not delivered on purpose */
  | "suppressed"
  /** it was too old to be worth delivering */
  | "expired";

/** A value of hopstamp.error.category. */
export type Category =
  /** the other side could not be reached or broke off */
  | "transport"
  /** the other side did not answer in time */
  | "timeout"
  /** the message was not well formed for the other side */
  | "validation"
  /** credentials were missing, wrong or expired */
  | "auth"
  /** the other side asked to slow down */
  | "rate_limit"
  /** the other side understood and refused */
  | "rejection"
  /** the fault is the platform's own */
  | "internal";

/** A value of hopstamp.stream. */
export type Stream =
  /** what the service does */
  | "operational"
  /** who tried what */
  | "security"
  /** who changed what; kept apart and complete */
  | "audit";
