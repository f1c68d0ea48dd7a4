// SPDX-License-Identifier: Apache-2.0
import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router';
import { type Filter, filterToSearch, parseFilter, type Range } from '../../model/filter';

/** The view's filter, which lives in the URL: reading it and changing it. */
export function useFilter(fallback: Range): readonly [Filter, (filter: Filter) => void] {
  const [search, setSearch] = useSearchParams();
  const text = search.toString();
  const filter = useMemo(() => parseFilter(new URLSearchParams(text), fallback), [text, fallback]);
  const change = useCallback((next: Filter) => setSearch(filterToSearch(next), { preventScrollReset: true }), [setSearch]);
  return [filter, change];
}
