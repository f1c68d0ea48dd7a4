// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { aPath } from '../test/factories/path';
import { differenceSummary, kindName, kindNotes, learnedSummary, usualWay } from './learned';
import type { Learned } from './path';

const kind = (overrides: Partial<Learned> = {}): Learned => ({
  name: 'gateway POST /v1/orders', deliveries: 41_298, good: 41_012, order: ['accepted', 'enriched', 'processed'],
  stages: [{ stage: 'accepted', share: 1, usual: true }, { stage: 'enriched', share: 0.989, usual: true }, { stage: 'processed', share: 1, usual: true }, { stage: 'acknowledged', share: 0.41, usual: false }],
  missing: [{ stage: 'enriched', count: 451 }], ...overrides,
});
const plain = (words: string) => words.replaceAll('\u00a0', ' ');

test('the summary counts deliveries over all kinds, and says nothing before anything settled', () => {
  expect(plain(learnedSummary(aPath({ learned: [kind()] })))).toBe('from 41,298 settled deliveries');
  expect(plain(learnedSummary(aPath({ learned: [kind(), kind({ deliveries: 2 })] })))).toBe('from 41,300 settled deliveries of 2 kinds');
  expect(learnedSummary(aPath({ learned: [kind({ deliveries: 0 })] }))).toBe('');
});

test('differences are counted, and agreement is silent', () => {
  expect(plain(differenceSummary(aPath({ differences: ['routed is declared but was never seen'] })))).toBe('1 difference from the configuration');
  expect(differenceSummary(aPath())).toBe('');
});

test('the usual way names the share of a stage that not all pass', () => {
  expect(usualWay(kind()).map(({ stage, note }) => plain(`${stage} ${note}`.trim()))).toEqual(['accepted', 'enriched 98.9 %', 'processed']);
});

test('what is not usual, and who went without what is, stands beside it', () => {
  expect(kindNotes(kind()).map(plain)).toEqual(['some pass acknowledged 41.0 %', '451 went without enriched']);
});

test('too little seen is said, and no way is claimed', () => {
  const young = kind({ good: 9, order: [], missing: [], stages: [{ stage: 'published', share: 1, usual: false }] });
  expect(usualWay(young)).toEqual([]);
  expect(kindNotes(young).map(plain)).toEqual(['too few good deliveries to say what is usual (9)', 'so far published 100 %']);
});

test('kinds without a name have words', () => {
  expect(['', '(overflow)', 'importer'].map((name) => kindName(kind({ name })))).toEqual(['a beginning that is not known', 'all further kinds', 'importer']);
});
