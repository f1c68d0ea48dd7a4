// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest';
import { answer, type World } from '../test/factories/answers';
import { makeDeliveries } from '../test/factories/platform';
import { judged, sumCounts, total } from './counts';
import { bandDoor, judgedDoor, pendingDoor, stuckDoor } from './door';
import { EVERYTHING, type Filter, filterToQuery } from './filter';
import type { LedgerRow } from './ledger';

const NOW = Date.parse('2026-11-02T03:04:05Z');
const world: World = { now: NOW, deliveries: makeDeliveries(6_000, NOW, 900), messages: new Map(), clocks: [] };

function ask<Body>(path: string, filter: Filter, more: Readonly<Record<string, string>>): Body {
  const query = filterToQuery(filter);
  for (const [name, value] of Object.entries(more)) query.set(name, value);
  const body: Body = JSON.parse(JSON.stringify(answer(world, new URL(`http://hop/api/v1${path}?${query}`)).body));
  return body;
}

const behind = (filter: Filter) => ask<{ items: readonly object[] }>('/deliveries', filter, { limit: '100000' }).items.length;
const counts = sumCounts(ask<{ rows: readonly LedgerRow[] }>('/ledger', EVERYTHING, { by: 'verdict,timeliness' }).rows);

describe('a number opens as exactly as many deliveries', () => {
  test.each([
    ['in time', counts.inTime, bandDoor(EVERYTHING, 'in_time')],
    ['late', counts.late, bandDoor(EVERYTHING, 'late')],
    ['on the way', counts.waiting + counts.stuck, bandDoor(EVERYTHING, 'waiting')],
    ['pending', counts.waiting, pendingDoor(EVERYTHING)],
    ['stuck', counts.stuck, stuckDoor(EVERYTHING)],
    ['bad', counts.bad, bandDoor(EVERYTHING, 'bad')],
    ['not judged', counts.unknown, bandDoor(EVERYTHING, 'unknown')],
    ['judged', judged(counts), judgedDoor(EVERYTHING)],
    ['all', total(counts), EVERYTHING],
  ])('%s', (_, count, door) => {
    expect(count).toBeGreaterThan(0);
    expect(behind(door)).toBe(count);
  });
});
