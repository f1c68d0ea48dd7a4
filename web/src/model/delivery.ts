// SPDX-License-Identifier: Apache-2.0
import { parseMicros } from './instant';
import { stateOf } from './verdict';

/** The passage from one stage to the next; `from` is empty for the first. Stamps are indices into the journey, null in lists. */
export interface Hop {
  readonly from: string;
  readonly to: string;
  readonly waitMicros: number;
  readonly workMicros: number;
  /** The part of the work that no earlier stamp covers: waits and own work add up to the latency. */
  readonly ownMicros: number;
  readonly fromStamp: number | null;
  readonly toStamp: number | null;
}

export interface Delivery {
  readonly id: string;
  readonly key: string;
  readonly path: string;
  readonly recipient: string;
  readonly channel: string;
  readonly destination: string;
  readonly tenant: string;
  readonly region: string;
  readonly device: string;
  readonly provider: string;
  readonly verdict: string;
  readonly reason: string;
  readonly hop: string;
  readonly timeliness: string;
  readonly started: string;
  readonly fulfilled: string;
  readonly updated: string;
  readonly retries: number;
  readonly latencyMicros: number;
  readonly slowestHop: string;
  readonly hops: readonly Hop[];
}

/** Where a delivery went, in one word or two: its recipient, else its destination, else its id. */
export function deliveryName(delivery: Delivery): string {
  return delivery.recipient || delivery.destination || delivery.id;
}

/** Microseconds that a delivery on the way has waited since its last stamp. */
export function openWait(delivery: Delivery, now: string): number {
  if (stateOf(delivery.verdict) !== 'waiting') return 0;
  const known = delivery.hops.reduce((sum, hop) => sum + hop.waitMicros + hop.ownMicros, 0);
  return Math.max(0, timeTaken(delivery, now) - known);
}

/** Microseconds a delivery took, or has taken so far while it is on the way at `now` (RFC 3339). */
export function timeTaken(delivery: Delivery, now: string): number {
  if (delivery.latencyMicros > 0) return delivery.latencyMicros;
  const end = stateOf(delivery.verdict) === 'waiting' ? now : delivery.updated;
  const micros = parseMicros(end) - parseMicros(delivery.started);
  return Number.isFinite(micros) ? Math.max(0, micros) : 0;
}
