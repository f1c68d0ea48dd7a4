// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { aPath, aPathHop, quantilesAt } from '../test/factories/path';
import type { Path, PathHop } from './path';
import { type ColumnPicture, drawPath, stackPath } from './pathPicture';

const WIDTH = 1000;
const HOP_ROOM = 104;

const costing = (from: string, to: string, wait: number, own: number, more: Partial<PathHop> = {}) =>
  aPathHop(from, to, { wait: quantilesAt(wait), work: quantilesAt(own), own: quantilesAt(own), ...more });
const barOf = (column: ColumnPicture | undefined) => (column?.waitWidth ?? 0) + (column?.workWidth ?? 0);
const namesOf = (path: Path) => drawPath(path, WIDTH).columns.map((column) => column.links.map((link) => link.to).join(' '));

test('columns fill the width, none narrower than its words, and bars are to one scale', () => {
  const path = aPath({ hops: [costing('accepted', 'published', 100_000, 100_000), costing('published', 'processed', 600_000, 0)] });
  const { columns } = drawPath(path, WIDTH);
  expect(columns.reduce((sum, column) => sum + column.width, 0)).toBeCloseTo(WIDTH);
  expect(Math.min(...columns.map((column) => column.width))).toBeGreaterThanOrEqual(HOP_ROOM);
  expect(barOf(columns[1]) / barOf(columns[0])).toBeCloseTo(3);
});

test('a hop of next to nothing is a sliver, however wide its words are', () => {
  const { columns } = drawPath(aPath({ hops: [costing('accepted', 'published', 0, 90), costing('published', 'processed', 150_000, 0)] }), WIDTH);
  expect(barOf(columns[0])).toBe(2);
  expect(columns[0]?.width).toBe(HOP_ROOM);
  expect(barOf(columns[1])).toBeGreaterThan(WIDTH * 0.8);
});

test('work that an earlier stage covers is not drawn twice', () => {
  const nested = aPathHop('published', 'processed', { wait: quantilesAt(0), work: quantilesAt(300_000), own: quantilesAt(0) });
  const { columns } = drawPath(aPath({ hops: [costing('accepted', 'published', 0, 300_000), nested] }), WIDTH);
  expect(columns.map(barOf).at(-1)).toBe(0);
});

test('inside a bar, wait and work are true to scale', () => {
  const [column] = drawPath(aPath({ hops: [costing('accepted', 'published', 300, 100), costing('published', 'processed', 100, 100)] }), WIDTH).columns;
  expect((column?.waitWidth ?? 0) / (column?.workWidth ?? 1)).toBeCloseTo(3);
});

test('the hop with the greatest share of the tail is the worst, and only it', () => {
  const path = aPath({ hops: [aPathHop('accepted', 'published', { tailShare: 0.2 }), aPathHop('published', 'processed', { tailShare: 0.7 })] });
  expect(drawPath(path, WIDTH).columns.map((column) => column.worst)).toEqual([false, true]);
});

const quiet = { tailShare: 0, tailWaitShare: 0 };
const long = aPath({
  stages: ['accepted', 'normalized', 'routed', 'published', 'consumed', 'processed', 'rendered'],
  hops: [
    costing('', 'accepted', 0, 400, quiet), costing('accepted', 'normalized', 0, 2, quiet), costing('normalized', 'routed', 3, 40, quiet),
    costing('routed', 'published', 60, 300, quiet), costing('published', 'consumed', 30, 0, quiet), costing('consumed', 'processed', 0, 9, quiet),
    costing('processed', 'rendered', 5, 224_000, { tailShare: 0.99 }),
  ],
});

test('neighbours that cost next to nothing are one column, but never over the queue', () => {
  expect(namesOf(long)).toEqual(['accepted normalized routed published', 'consumed processed', 'rendered']);
});

test('a hop that holds something stuck or failed stands alone; one that is merely passed does not', () => {
  const changed = (more: Partial<PathHop>) => ({ ...long, hops: long.hops.map((hop) => (hop.to === 'routed' ? { ...hop, ...more } : hop)) });
  for (const trouble of [{ stuck: 1 }, { failed: 1 }]) expect(namesOf(changed(trouble)).slice(0, 3)).toEqual(['accepted normalized', 'routed', 'published']);
  expect(namesOf(changed({ inFlight: 7 }))).toEqual(namesOf(long));
});

test('a hop that nobody took is drawn empty, one that leaves the line is told apart', () => {
  const path = aPath({ hops: [aPathHop('accepted', 'published'), aPathHop('accepted', 'processed', { count: 1 })] });
  const picture = drawPath(path, WIDTH);
  expect(picture.columns.map((column) => column.links[0]?.hop !== null)).toEqual([true, false]);
  expect(picture.detours.map((hop) => `${hop.from}-${hop.to}`)).toEqual(['accepted-processed']);
});

test('stacked, the longest bar takes the width and the rest is to its scale', () => {
  const { columns } = stackPath(aPath({ hops: [costing('accepted', 'published', 0, 100_000), costing('published', 'processed', 400_000, 0)] }), 300);
  expect(columns.map(barOf)).toEqual([75, 300]);
});

test('a path of one stage and one without quantiles can be drawn', () => {
  expect(drawPath(aPath({ stages: ['accepted'], hops: [] }), WIDTH).columns).toEqual([]);
  const idle = costing('accepted', 'published', 0, 0);
  expect(barOf(drawPath(aPath({ stages: ['accepted', 'published'], hops: [idle] }), WIDTH).columns[0])).toBe(0);
});
