// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '../clock';
import type { Delivery } from '../delivery';
import { parseMicros } from '../instant';
import { stateOf } from '../verdict';

/** One span of the journey. Offsets are microseconds after the message began, by the clock of the host where it did; start and end are raw. */
export interface Stamp {
  readonly index: number;
  /** Empty when the span is part of the journey but fulfils no stage. */
  readonly stage: string;
  readonly service: string;
  readonly name: string;
  readonly kind: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly start: string;
  readonly end: string;
  readonly offsetMicros: number;
  readonly workMicros: number;
  readonly error: boolean;
  readonly category: string;
  readonly detail: string;
  readonly recipient: string;
  readonly destination: string;
  readonly attempt: number;
  /** Messages that the span covers together; 0 when it is this one's alone. */
  readonly shared: number;
  /** Whose clock the times are of; empty when that is not known. */
  readonly host: string;
  readonly position: number;
}

export interface Join {
  readonly rule: string;
  readonly confidence: string;
  readonly fromStamp: number;
  readonly toStamp: number;
}

/** So many more deliveries of a message, which are not listed. */
export interface Unlisted {
  readonly verdict: string;
  readonly count: number;
}

/** All that is known of one message. */
export interface Journey {
  readonly key: string;
  readonly path: string;
  readonly traces: readonly string[];
  readonly messageId: string;
  readonly conversationId: string;
  readonly started: string;
  readonly deadlineMicros: number;
  readonly giveUpMicros: number;
  readonly until: string;
  readonly now: string;
  readonly deliveries: readonly Delivery[];
  /** The other deliveries, where they are very many: how many have which verdict. */
  readonly unlisted: readonly Unlisted[];
  readonly stamps: readonly Stamp[];
  readonly joins: readonly Join[];
  /** The hosts whose clocks are known to differ from that of the host where the message began. */
  readonly clocks: readonly Clock[];
  readonly complete: boolean;
  readonly sentence: string;
}

export function stampEnd(stamp: Stamp): number {
  return stamp.offsetMicros + stamp.workMicros;
}

export function isOnTheWay(journey: Journey): boolean {
  return journey.deliveries.some((delivery) => stateOf(delivery.verdict) === 'waiting');
}

/** Microseconds from the beginning of the message to the server's now. */
export function nowOffset(journey: Journey): number {
  return Math.max(0, parseMicros(journey.now) - parseMicros(journey.started));
}

/** How many there are, also of those that are not listed. */
export function deliveryCount(journey: Journey): number {
  return journey.unlisted.reduce((sum, { count }) => sum + count, journey.deliveries.length);
}

/** How many of those that are not listed have which verdict. */
export function unlistedByVerdict(journey: Journey): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { verdict, count } of journey.unlisted) counts.set(verdict, (counts.get(verdict) ?? 0) + count);
  return counts;
}

/** Worst first: bad, stuck, pending, not judged, late, and then the slowest of the good. */
export function worstFirst(deliveries: readonly Delivery[]): readonly Delivery[] {
  return [...deliveries].sort((a, b) => severity(b) - severity(a) || b.latencyMicros - a.latencyMicros);
}

function severity(delivery: Delivery): number {
  const state = stateOf(delivery.verdict);
  if (state === 'bad') return 5;
  if (delivery.verdict === 'stuck') return 4;
  if (state === 'waiting') return 3;
  if (state === 'unknown') return 2;
  return delivery.timeliness === 'late' ? 1 : 0;
}
