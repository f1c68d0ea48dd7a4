// SPDX-License-Identifier: Apache-2.0
import type { SourceClockWire } from '../src/api/clocks';
import type { DeliveryWire } from '../src/api/deliveries';
import type { MessageWire } from '../src/api/messages';
import type { World } from '../src/test/factories/answers';
import { aBatchedMessage, aFanOutMessage, anUnverifiableMessage, aRenderedMessage, aRetriedMessage, aStuckMessage } from '../src/test/factories/message';
import { makeDeliveries } from '../src/test/factories/platform';

const PERIOD_SECONDS = 3600;

/** A platform with an hour behind it, in which the journeys that the tests open can be found. */
export function busyWorld(now: number, count = 24_000): World {
  const before = (seconds: number) => new Date(now - seconds * 1000).toISOString().replace('Z', '000Z');
  const messages = [
    aRenderedMessage('m-7f3a', before(4)),
    aStuckMessage('m-stuck', before(48)),
    aRetriedMessage('m-retry', before(30)),
    aFanOutMessage('m-room', before(1.3)),
    aBatchedMessage('m-batch', before(31)),
    anUnverifiableMessage('m-unsure', before(70)),
  ];
  const told = messages.flatMap((message) => (message.deliveries ?? []).map(listed)).filter((delivery) => delivery.key !== 'm-room' || delivery.id.endsWith('98'));
  const deliveries = [...makeDeliveries(count, now, PERIOD_SECONDS), ...told].sort((a, b) => (a.started < b.started ? 1 : -1));
  return { now, deliveries, messages: new Map(messages.map((message): [string, MessageWire] => [message.key, message])), clocks: someClocks(now) };
}

export const emptyWorld: World = { now: Date.parse('2026-11-02T03:04:05Z'), deliveries: [], messages: new Map(), clocks: [] };

/** A delivery as lists show it: its hops without stamps. */
function listed(delivery: DeliveryWire): DeliveryWire {
  return { ...delivery, hops: (delivery.hops ?? []).map(({ from, to, wait_us, work_us, own_us }) => ({ from, to, wait_us, work_us, own_us })) };
}

/** Twelve clocks; the first `wrong` of them are. */
export function someClocks(now: number, wrong = 0): readonly SourceClockWire[] {
  const since = new Date(now - 840_000).toISOString();
  return Array.from({ length: 12 }, (_, index) => {
    const right = { host: `node-${index + 1}`, offset_us: 0, bound_us: 300, drift_ppm: 0.1, suspect: false, since };
    if (index >= wrong) return right;
    return index === 0 ? { ...right, offset_us: 5_000_120, bound_us: 1_200, drift_ppm: 0.42 } : { ...right, offset_us: -84_000 * index, bound_us: 2_600, drift_ppm: -1.8, suspect: index === 1 };
  });
}
