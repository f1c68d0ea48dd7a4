// SPDX-License-Identifier: Apache-2.0
import { queryOptions } from '@tanstack/react-query';
import type { Clock } from '../model/clock';
import { setRight } from '../model/journey/clocks';
import type { Join, Journey, Stamp, Unlisted } from '../model/journey/journey';
import { type DeliveryWire, toDelivery } from './deliveries';
import { request } from './request';

export interface StampWire {
  readonly index: number;
  readonly stage?: string;
  readonly service: string;
  readonly name: string;
  readonly kind?: string;
  readonly trace_id: string;
  readonly span_id: string;
  readonly parent_span_id?: string;
  readonly start: string;
  readonly end: string;
  readonly offset_us: number;
  readonly work_us: number;
  readonly error?: boolean;
  readonly category?: string;
  readonly detail?: string;
  readonly recipient?: string;
  readonly destination?: string;
  readonly attempt?: number;
  readonly shared?: number;
  readonly host?: string;
  readonly position?: number;
}

export interface JoinWire {
  readonly rule: string;
  readonly confidence: string;
  readonly from_stamp: number;
  readonly to_stamp: number;
}

export interface ClockWire {
  readonly host: string;
  readonly offset_us: number;
  readonly bound_us: number;
  readonly suspect: boolean;
}

export interface MessageWire {
  readonly key: string;
  readonly path: string;
  readonly traces: readonly string[] | null;
  readonly message_id?: string;
  readonly conversation_id?: string;
  readonly started: string;
  readonly deadline_us: number;
  readonly give_up_us: number;
  readonly until: string;
  readonly now: string;
  readonly deliveries: readonly DeliveryWire[] | null;
  readonly unlisted?: readonly Unlisted[] | null;
  readonly stamps: readonly StampWire[] | null;
  readonly joins: readonly JoinWire[] | null;
  readonly clocks?: readonly ClockWire[] | null;
  readonly complete: boolean;
  readonly sentence: string;
}

export const messagesKey = ['messages'] as const;

/** The journey of one message, by any of its ids. */
export function messageQuery(key: string) {
  return queryOptions({
    queryKey: [...messagesKey, key],
    queryFn: async ({ signal }) =>
      toJourney(await request<MessageWire>(`/messages/${encodeURIComponent(key)}`, new URLSearchParams(), signal)),
  });
}

export function toJourney(wire: MessageWire): Journey {
  const clocks = (wire.clocks ?? []).map(toClock);
  return {
    key: wire.key,
    path: wire.path,
    traces: wire.traces ?? [],
    messageId: wire.message_id ?? '',
    conversationId: wire.conversation_id ?? '',
    started: wire.started,
    deadlineMicros: wire.deadline_us,
    giveUpMicros: wire.give_up_us,
    until: wire.until,
    now: wire.now,
    deliveries: (wire.deliveries ?? []).map(toDelivery),
    unlisted: wire.unlisted ?? [],
    stamps: setRight((wire.stamps ?? []).map(toStamp), clocks),
    joins: (wire.joins ?? []).map(toJoin),
    clocks,
    complete: wire.complete,
    sentence: wire.sentence,
  };
}

function toStamp(wire: StampWire): Stamp {
  return {
    index: wire.index,
    stage: wire.stage ?? '',
    service: wire.service,
    name: wire.name,
    kind: wire.kind ?? '',
    traceId: wire.trace_id,
    spanId: wire.span_id,
    parentSpanId: wire.parent_span_id ?? '',
    start: wire.start,
    end: wire.end,
    offsetMicros: wire.offset_us,
    workMicros: wire.work_us,
    error: wire.error ?? false,
    category: wire.category ?? '',
    detail: wire.detail ?? '',
    recipient: wire.recipient ?? '',
    destination: wire.destination ?? '',
    attempt: wire.attempt ?? 0,
    shared: wire.shared ?? 0,
    host: wire.host ?? '',
    position: wire.position ?? 0,
  };
}

function toJoin(wire: JoinWire): Join {
  return { rule: wire.rule, confidence: wire.confidence, fromStamp: wire.from_stamp, toStamp: wire.to_stamp };
}

/** On the wire the offset is what must be added to the host's times: one that is ahead has a negative one. */
function toClock(wire: ClockWire): Clock {
  return { host: wire.host, aheadMicros: -wire.offset_us, boundMicros: wire.bound_us, suspect: wire.suspect };
}
