// SPDX-License-Identifier: Apache-2.0
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo, useRef } from 'react';
import { ledgerQuery } from '../../api/ledger';
import { type Facet, type Filter, filterToSearch } from '../../model/filter';
import { buildSparks, buildStandings, keepOrder, type Standing } from '../../model/standing';
import { Waiting } from '../notice/Waiting';
import { StandingTable } from './StandingTable';

interface FacetStandingProps {
  readonly facet: Facet;
  readonly title: string;
  readonly filter: Filter;
}

/** Reads one dimension's table. A dimension that nobody uses has none. */
export function FacetStanding({ facet, title, filter }: FacetStandingProps) {
  const lines = useQuery({ ...ledgerQuery([facet, 'verdict', 'timeliness', 'reason', 'hop'], filter, 'calm'), placeholderData: keepPreviousData });
  const minutes = useQuery({ ...ledgerQuery([facet, 'minute', 'verdict', 'timeliness'], filter, 'calm'), placeholderData: keepPreviousData });
  const standings = useMemo(() => (lines.data ? buildStandings(lines.data, facet) : []), [lines.data, facet]);
  const sparks = useMemo(() => (minutes.data ? buildSparks(minutes.data, facet) : new Map()), [minutes.data, facet]);
  const settled = useSettledOrder(standings, filterToSearch(filter));
  if (!lines.data) return <Waiting height={96} />;
  if (settled.every((standing) => standing.value === '')) return null;
  return <StandingTable group={{ facet, title, standings: settled, sparks }} filter={filter} />;
}

/** While the view is the same, rows keep the place they first had. */
function useSettledOrder(standings: readonly Standing[], view: string): readonly Standing[] {
  const held = useRef<{ view: string; order: readonly string[] }>({ view: '', order: [] });
  const order = held.current.view === view ? held.current.order : [];
  const settled = keepOrder(order, standings);
  held.current = { view, order: settled.map((standing) => standing.value) };
  return settled;
}
