// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { aPath, aPathHop } from '../test/factories/path';
import { lineOf } from './pathLine';

const STAGES = ['accepted', 'published', 'consumed', 'processed'];

test('the line follows what most deliveries did, and tells the other ways apart', () => {
  const path = aPath({
    stages: STAGES,
    hops: [
      aPathHop('', 'accepted', { count: 100 }),
      aPathHop('accepted', 'published', { count: 98 }),
      aPathHop('accepted', 'processed', { count: 2 }),
      aPathHop('published', 'processed', { count: 97 }),
      aPathHop('published', 'consumed', { count: 0, stuck: 1 }),
    ],
  });
  const line = lineOf(path);
  expect(line.stages).toEqual(['', 'accepted', 'published', 'processed']);
  expect(line.detours.map((hop) => `${hop.from}-${hop.to}`)).toEqual(['published-consumed', 'accepted-processed']);
});

test('declared stages that nobody reached stay on the line', () => {
  expect(lineOf(aPath({ stages: STAGES, hops: [aPathHop('accepted', 'published')] })).stages).toEqual(STAGES);
});

test('a way back is never part of the line', () => {
  const path = aPath({ stages: ['accepted', 'published'], hops: [aPathHop('accepted', 'published', { count: 5 }), aPathHop('published', 'accepted', { count: 9 })] });
  expect(lineOf(path)).toMatchObject({ stages: ['accepted', 'published'], detours: [{ from: 'published', to: 'accepted' }] });
});

test('a path that nobody took yet shows its declared stages', () => {
  expect(lineOf(aPath({ stages: STAGES, hops: [] })).stages).toEqual(STAGES);
  expect(lineOf(aPath({ stages: [], hops: [] })).stages).toEqual([]);
});
