// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { aPath, aPathHop, quantilesAt } from '../test/factories/path';
import { drawPath } from './pathPicture';

const WIDTH = 1000;

test('hops fill the width, none under the least, the slower the wider', () => {
  const path = aPath({ hops: [aPathHop('accepted', 'published', { wait: quantilesAt(0), work: quantilesAt(90) }), aPathHop('published', 'processed', { wait: quantilesAt(2_000_000), work: quantilesAt(100_000) })] });
  const { hops, nodes } = drawPath(path, WIDTH);
  expect(hops.reduce((sum, hop) => sum + hop.width, 0)).toBeCloseTo(WIDTH);
  expect(Math.min(...hops.map((hop) => hop.width))).toBeGreaterThanOrEqual(92);
  expect(hops[1]?.width).toBeGreaterThan(hops[0]?.width ?? 0);
  expect(nodes.map((node) => node.stage)).toEqual(['accepted', 'published', 'processed']);
  expect(nodes.at(-1)?.x).toBeCloseTo(WIDTH);
});

test('inside a hop, wait and work are true to scale', () => {
  const path = aPath({ hops: [aPathHop('accepted', 'published', { wait: quantilesAt(300), work: quantilesAt(100) }), aPathHop('published', 'processed')] });
  const [hop] = drawPath(path, WIDTH).hops;
  expect((hop?.waitWidth ?? 0) / (hop?.workWidth ?? 1)).toBeCloseTo(3);
});

test('the hop with the greatest share of the tail is the worst, and only it', () => {
  const path = aPath({ hops: [aPathHop('accepted', 'published', { tailShare: 0.2 }), aPathHop('published', 'processed', { tailShare: 0.7 })] });
  expect(drawPath(path, WIDTH).hops.map((hop) => hop.worst)).toEqual([false, true]);
});

test('a hop that nobody took is drawn empty, one that leaves the line is told apart', () => {
  const path = aPath({ hops: [aPathHop('accepted', 'published'), aPathHop('accepted', 'processed', { count: 1 })] });
  const picture = drawPath(path, WIDTH);
  expect(picture.hops.map((hop) => hop.hop !== null)).toEqual([true, false]);
  expect(picture.detours.map((hop) => `${hop.from}-${hop.to}`)).toEqual(['accepted-processed']);
});

test('work before the first hop has a place at the beginning of the line', () => {
  const picture = drawPath(aPath({ hops: [aPathHop('', 'accepted'), aPathHop('accepted', 'published'), aPathHop('published', 'processed')] }), WIDTH);
  expect(picture.nodes.map((node) => node.stage)).toEqual(['', 'accepted', 'published', 'processed']);
  expect(picture.hops[0]).toMatchObject({ from: '', to: 'accepted', x: 0 });
  expect(picture.detours).toEqual([]);
});

test('a path of one stage and one without quantiles can be drawn', () => {
  expect(drawPath(aPath({ stages: ['accepted'], hops: [] }), WIDTH)).toMatchObject({ hops: [], nodes: [{ stage: 'accepted', x: 0 }] });
  const idle = aPathHop('accepted', 'published', { wait: quantilesAt(0), work: quantilesAt(0) });
  expect(drawPath(aPath({ stages: ['accepted', 'published'], hops: [idle] }), WIDTH).hops[0]).toMatchObject({ width: WIDTH, waitWidth: 0, workWidth: 0 });
});
