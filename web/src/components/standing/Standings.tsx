// SPDX-License-Identifier: Apache-2.0
import type { Facet, Filter } from '../../model/filter';
import { FacetStanding } from './FacetStanding';

const TITLES: Readonly<Partial<Record<Facet, string>>> = { path: 'Paths', tenant: 'Tenants', channel: 'Channels', destination: 'Destinations' };
/** What is served comes before who is served. */
const ORDER: readonly Facet[] = ['path', 'channel', 'destination', 'tenant'];

export function Standings({ facets, filter }: { readonly facets: readonly Facet[]; readonly filter: Filter }) {
  return ORDER.filter((facet) => facets.includes(facet)).map((facet) => <FacetStanding key={facet} facet={facet} title={TITLES[facet] ?? facet} filter={filter} />);
}
