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
  /** What the wait may have been, where clocks are known to differ; else null. */
  readonly waitRange: DurationRange | null;
  readonly fromStamp: number | null;
  readonly toStamp: number | null;
}

/** Both ends in microseconds. */
export interface DurationRange {
  readonly low: number;
  readonly high: number;
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
  /** Others like it were sampled away before they came here. */
  readonly estimated: boolean;
  /** Why its spans are kept, in the server's words; empty when they are not. */
  readonly kept: string;
  /** Stages that such deliveries usually pass and this one did not. */
  readonly missing: readonly string[];
}

/** Where a delivery went, in one word or two: its recipient, else its destination, else that nobody knows (and which of those it is). */
export function deliveryName(delivery: Delivery): string {
  return delivery.recipient || delivery.destination || `not yet addressed ${delivery.id.slice(delivery.key.length + 1)}`.trimEnd();
}

/** Microseconds that a delivery has waited since its last stamp: up to now on the way, up to its verdict when it was given up. */
export function openWait(delivery: Delivery, now: string): number {
  if (stateOf(delivery.verdict) !== 'waiting' && !wasGivenUp(delivery)) return 0;
  return Math.max(0, timeTaken(delivery, now) - hopTime(delivery));
}

/** Whether it was waited for until it was no longer worth waiting. */
export function wasGivenUp(delivery: Delivery): boolean {
  return delivery.verdict === 'lost' || delivery.verdict === 'expired';
}

function endsWhereSeen(delivery: Delivery): boolean {
  return delivery.verdict === 'unverifiable' || (stateOf(delivery.verdict) === 'bad' && !wasGivenUp(delivery));
}

/** Microseconds that the hops it made took together. */
function hopTime(delivery: Delivery): number {
  return delivery.hops.reduce((sum, hop) => sum + hop.waitMicros + hop.ownMicros, 0);
}

/**
 * Microseconds a delivery took, or has taken so far while it is on the way at `now` (RFC 3339).
 * One that failed, or that nobody can tell the rest of, took until its last hop ended; one that was given up, until that was decided.
 */
export function timeTaken(delivery: Delivery, now: string): number {
  if (delivery.latencyMicros > 0) return delivery.latencyMicros;
  if (endsWhereSeen(delivery) && delivery.hops.length > 0) return hopTime(delivery);
  const end = stateOf(delivery.verdict) === 'waiting' ? now : delivery.updated;
  const micros = parseMicros(end) - parseMicros(delivery.started);
  return Number.isFinite(micros) ? Math.max(0, micros) : 0;
}
