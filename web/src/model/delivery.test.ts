// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { toDelivery } from '../api/deliveries';
import { aDelivery, after, aHop, STARTED } from '../test/factories/delivery';
import { deliveryName, openWait, timeTaken } from './delivery';

const now = after(STARTED, 60_000_000);
const hops = [aHop('', 'accepted', 0, 400), aHop('accepted', 'published', 100, 500), aHop('published', 'processed', 2_000, 7_000, 0)];
const open = { hops, latency_us: 0, fulfilled: '', updated: after(STARTED, 9_000_000) };

test('a delivery on the way has taken the time until now, and waits since its last stamp', () => {
  const stuck = toDelivery(aDelivery({ ...open, verdict: 'stuck' }));
  expect([timeTaken(stuck, now), openWait(stuck, now)]).toEqual([60_000_000, 59_997_000]);
});

test('one that was given up has waited until that was decided', () => {
  const lost = toDelivery(aDelivery({ ...open, verdict: 'lost' }));
  expect([timeTaken(lost, now), openWait(lost, now)]).toEqual([9_000_000, 8_997_000]);
});

test('one that failed took what its hops took, work that others cover counted once', () => {
  const failed = toDelivery(aDelivery({ ...open, verdict: 'dead_lettered' }));
  expect([timeTaken(failed, now), openWait(failed, now)]).toEqual([3_000, 0]);
});

test('is named by where it went, or by that nobody knows', () => {
  const nobody = { ...open, recipient: '', destination: '' };
  expect(deliveryName(toDelivery(aDelivery({ destination: 'crm', recipient: '' })))).toBe('crm');
  expect(deliveryName(toDelivery(aDelivery({ ...nobody, key: 'm-1', id: 'm-1/' })))).toBe('not yet addressed');
  expect(deliveryName(toDelivery(aDelivery({ ...nobody, key: 'm-1', id: 'm-1/#2' })))).toBe('not yet addressed #2');
});
