// SPDX-License-Identifier: Apache-2.0
import type { DeliveryWire, HopWire } from '../../api/deliveries';

export const STARTED = '2026-11-02T03:04:05.000000001Z';

/** An RFC 3339 time some microseconds after another. */
export function after(rfc3339: string, micros: number): string {
  const milliseconds = Date.parse(rfc3339) + Math.floor(micros / 1000);
  const rest = String(((micros % 1000) + 1000) % 1000).padStart(3, '0');
  return new Date(milliseconds).toISOString().replace('Z', `${rest}Z`);
}

/** All of its work is its own, unless told otherwise. */
export function aHop(from: string, to: string, wait: number, work: number, own = work): HopWire {
  return { from, to, wait_us: wait, work_us: work, own_us: own };
}

/** A chat message rendered in time, unless told otherwise. */
export function aDelivery(overrides: Partial<DeliveryWire> = {}): DeliveryWire {
  return {
    id: 'm-7f3a/u-17',
    key: 'm-7f3a',
    path: 'chat',
    recipient: 'u-17',
    channel: 'websocket',
    destination: 'ws-gateway',
    tenant: 'acme',
    region: 'eu',
    device: 'ios',
    provider: '',
    verdict: 'rendered',
    reason: 'Rendered',
    hop: '',
    timeliness: 'in_time',
    started: STARTED,
    fulfilled: after(STARTED, 184_000),
    updated: after(STARTED, 184_000),
    retries: 0,
    latency_us: 184_000,
    slowest_hop: 'delivered-rendered',
    hops: [aHop('accepted', 'published', 100, 900), aHop('published', 'processed', 12_000, 31_000), aHop('processed', 'delivered', 4_000, 6_000), aHop('delivered', 'rendered', 110_000, 20_000)],
    ...overrides,
  };
}
