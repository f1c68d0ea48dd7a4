// SPDX-License-Identifier: Apache-2.0
import { queryOptions } from '@tanstack/react-query';
import { type Filter, filterToQuery } from '../model/filter';
import type { Ledger, LedgerDimension, LedgerRow } from '../model/ledger';
import { request } from './request';

interface LedgerWire {
  readonly rows: readonly LedgerRow[] | null;
  readonly total: number;
  readonly exact: boolean;
  readonly since: string;
  readonly until: string;
}

/** How closely a count follows the pulse: at once, at leisure, or only when it is looked at. */
export type Pace = 'live' | 'calm' | 'still';

export function ledgerKey(pace: Pace) {
  return ['ledger', pace] as const;
}

/** Exact counts of what the filter lets through, by the given dimensions. */
export function ledgerQuery(by: readonly LedgerDimension[], filter: Filter, pace: Pace) {
  const query = filterToQuery(filter);
  query.set('by', by.join(','));
  return queryOptions({
    queryKey: [...ledgerKey(pace), query.toString()],
    queryFn: async ({ signal }) => toLedger(await request<LedgerWire>('/ledger', query, signal)),
  });
}

function toLedger(wire: LedgerWire): Ledger {
  return {
    rows: wire.rows ?? [],
    total: wire.total,
    exact: wire.exact,
    since: Date.parse(wire.since),
    until: Date.parse(wire.until),
  };
}
