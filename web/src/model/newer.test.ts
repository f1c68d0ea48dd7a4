// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { toDelivery } from '../api/deliveries';
import { aDelivery, after, STARTED } from '../test/factories/delivery';
import { findNews, mergeNewer } from './newer';

const at = (second: number, overrides = {}) => toDelivery(aDelivery({ id: `d-${second}`, started: after(STARTED, second * 1_000_000), ...overrides }));

test('what began later and is not shown is newer; what is shown and was updated has changed', () => {
  const shown = [at(3), at(2, { verdict: 'pending', updated: 'early' }), at(1)];
  const news = findNews(shown, [at(5), at(4), at(3), at(2, { updated: 'late' })]);
  expect(news.newer.map((delivery) => delivery.id)).toEqual(['d-5', 'd-4']);
  expect(news.more).toBe(false);
  expect([...news.changed.keys()]).toEqual(['d-2']);
});

test('a page with nothing known in it means there may be more', () => {
  expect(findNews([at(1)], [at(5), at(4)]).more).toBe(true);
});

test('what began earlier but became known later is newer too, and finds its place', () => {
  const news = findNews([at(5), at(1)], [at(5), at(3), at(1)]);
  expect(news.newer.map((delivery) => delivery.id)).toEqual(['d-3']);
  expect(mergeNewer([at(5), at(1)], news.newer).map((delivery) => delivery.id)).toEqual(['d-5', 'd-3', 'd-1']);
});

test('an older delivery that the list has not read yet is not newer', () => {
  expect(findNews([at(3)], [at(3), at(2)]).newer).toEqual([]);
});

test('into an empty list everything is newer', () => {
  expect(findNews([], [at(1)])).toMatchObject({ more: false, newer: [{ id: 'd-1' }] });
});
