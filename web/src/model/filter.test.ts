// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest';
import { EVERYTHING, type Filter, filterToQuery, filterToSearch, narrow, parseFilter, toggleFacet } from './filter';

const parse = (search: string) => parseFilter(new URLSearchParams(search), '15m');

describe('the view in the URL', () => {
  test('comes back the same', () => {
    const filter: Filter = { range: '6h', since: '', until: '', facets: { verdict: ['stuck', 'failed'], tenant: ['acme & sons'] }, query: 'm-1', slowerThan: '2s' };
    expect(parse(filterToSearch(filter))).toEqual(filter);
  });

  test('a fixed window overrides the range and needs both ends', () => {
    const window = { since: '2026-11-02T03:04:00.000Z', until: '2026-11-02T03:05:00.000Z' };
    expect(parse(filterToSearch({ ...EVERYTHING, ...window }))).toMatchObject(window);
    expect(parse('?since=2026-11-02T03:04:00Z')).toMatchObject({ since: '', until: '' });
  });

  test('an unknown range falls back', () => {
    expect(parse('?range=9y').range).toBe('15m');
    expect(parseFilter(new URLSearchParams(), '1h').range).toBe('1h');
  });

  test('repeated and comma-separated values are one list', () => {
    expect(parse('?verdict=stuck,failed&verdict=lost').facets.verdict).toEqual(['stuck', 'failed', 'lost']);
  });
});

test('the API is asked with a duration that it knows', () => {
  expect(filterToQuery({ ...EVERYTHING, range: '1d' }).get('since')).toBe('24h');
  expect(filterToQuery({ ...EVERYTHING, range: '15m' }).get('since')).toBe('15m');
});

test('narrowing keeps the other facets, toggling the last value removes the facet', () => {
  const acme = narrow(EVERYTHING, { tenant: ['acme'] });
  const chat = narrow(acme, { path: ['chat'] });
  expect(chat.facets).toEqual({ tenant: ['acme'], path: ['chat'] });
  expect(toggleFacet(chat, 'path', 'chat').facets).toEqual({ tenant: ['acme'] });
  expect(toggleFacet(chat, 'path', 'orders').facets.path).toEqual(['chat', 'orders']);
});
