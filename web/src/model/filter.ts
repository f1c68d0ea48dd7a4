// SPDX-License-Identifier: Apache-2.0
/** The view that a URL holds: which deliveries, over which time. */

export const FACETS = ['path', 'tenant', 'channel', 'destination', 'verdict', 'reason', 'hop', 'timeliness'] as const;
export type Facet = (typeof FACETS)[number];

/** How a filter names the empty value of a dimension. */
export const NOT_SET = 'none';

export const RANGES = ['15m', '1h', '6h', '1d'] as const;
export type Range = (typeof RANGES)[number];

export const RANGE_WORDS: Readonly<Record<Range, string>> = {
  '15m': 'the last 15 min',
  '1h': 'the last hour',
  '6h': 'the last 6 h',
  '1d': 'the last day',
};

export interface Filter {
  readonly range: Range;
  /** A fixed window (RFC 3339) overrides the range; both ends are set or none is. */
  readonly since: string;
  readonly until: string;
  readonly facets: Readonly<Partial<Record<Facet, readonly string[]>>>;
  readonly query: string;
  readonly slowerThan: string;
}

export const EVERYTHING: Filter = { range: '15m', since: '', until: '', facets: {}, query: '', slowerThan: '' };

export function isRange(text: string | null): text is Range {
  return RANGES.some((range) => range === text);
}

export function parseFilter(search: URLSearchParams, fallback: Range = '15m'): Filter {
  const range = search.get('range');
  const facets: Partial<Record<Facet, readonly string[]>> = {};
  for (const facet of FACETS) {
    const values = search.getAll(facet).flatMap((value) => (value === '' ? [''] : value.split(',')));
    if (values.length > 0) facets[facet] = values;
  }
  const since = search.get('since') ?? '';
  const until = search.get('until') ?? '';
  const fixed = since !== '' && until !== '';
  return {
    range: isRange(range) ? range : fallback,
    since: fixed ? since : '',
    until: fixed ? until : '',
    facets,
    query: search.get('q') ?? '',
    slowerThan: search.get('slower_than') ?? '',
  };
}

/** The search part of a page's address, the same for the same filter. */
export function filterToSearch(filter: Filter): string {
  const search = facetParameters(filter);
  if (filter.since !== '') {
    search.set('since', filter.since);
    search.set('until', filter.until);
  } else {
    search.set('range', filter.range);
  }
  return `?${search.toString().replaceAll('%2C', ',').replaceAll('%3A', ':')}`;
}

/** The same filter as the API's query. The range becomes a duration back from now. */
export function filterToQuery(filter: Filter): URLSearchParams {
  const query = facetParameters(filter);
  if (filter.since !== '') {
    query.set('since', filter.since);
    query.set('until', filter.until);
  } else {
    query.set('since', filter.range === '1d' ? '24h' : filter.range);
  }
  return query;
}

/** Narrows: the values given replace those of the same facets, all else stays. */
export function narrow(filter: Filter, facets: Filter['facets']): Filter {
  return { ...filter, facets: { ...filter.facets, ...facets } };
}

export function withoutFacet(filter: Filter, facet: Facet): Filter {
  const { [facet]: _removed, ...facets } = filter.facets;
  return { ...filter, facets };
}

export function toggleFacet(filter: Filter, facet: Facet, value: string): Filter {
  const held = filter.facets[facet] ?? [];
  const values = held.includes(value) ? held.filter((other) => other !== value) : [...held, value];
  return values.length === 0 ? withoutFacet(filter, facet) : narrow(filter, { [facet]: values });
}

/** "over the last 15 min" without "over", or the fixed window in words. */
export function rangeWords(filter: Filter): string {
  return filter.since === '' ? RANGE_WORDS[filter.range] : 'the chosen window';
}

function facetParameters(filter: Filter): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const facet of FACETS) {
    const values = filter.facets[facet];
    if (values && values.length > 0) parameters.set(facet, values.join(','));
  }
  if (filter.query !== '') parameters.set('q', filter.query);
  if (filter.slowerThan !== '') parameters.set('slower_than', filter.slowerThan);
  return parameters;
}
