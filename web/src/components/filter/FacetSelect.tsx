// SPDX-License-Identifier: Apache-2.0
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { ledgerQuery } from '../../api/ledger';
import { tallyBy } from '../../model/counts';
import { type Facet, type Filter, narrow, NOT_SET, withoutFacet } from '../../model/filter';
import { formatCount } from '../../model/number';
import { hopWords, reasonWords, verdictWords } from '../../model/verdict';
import styles from './filter.module.css';

interface FacetSelectProps {
  readonly facet: Facet;
  readonly filter: Filter;
  readonly onChange: (filter: Filter) => void;
}

const ALL = '';
const CHOSEN = '\u0000chosen';

/** Narrows by one dimension; each value says how many deliveries it holds under the other filters. */
export function FacetSelect({ facet, filter, onChange }: FacetSelectProps) {
  const { data, refetch } = useQuery({ ...ledgerQuery([facet], withoutFacet({ ...filter, query: '', slowerThan: '' }, facet), 'still'), placeholderData: keepPreviousData });
  const held = filter.facets[facet] ?? [];
  const [only] = held;
  const tallies = tallyBy(data?.rows ?? [], (row) => row[facet] ?? '').map((tally) => ({ ...tally, value: tally.value || NOT_SET }));
  const unlisted = held.length === 1 && only !== undefined && !tallies.some((tally) => tally.value === only) ? [only] : [];
  if (held.length === 0 && tallies.every((tally) => tally.value === NOT_SET)) return null;
  return (
    <label className={styles.facet} data-active={held.length > 0}>
      <span className="hidden">{facet}</span>
      <select
        value={held.length === 0 ? ALL : held.length === 1 ? only : CHOSEN}
        onFocus={() => void refetch()}
        onChange={(event) => {
          const { value } = event.currentTarget;
          onChange(value === ALL ? withoutFacet(filter, facet) : narrow(filter, { [facet]: [value] }));
        }}
      >
        <option value={ALL}>{held.length === 0 ? facet : `any ${facet}`}</option>
        {held.length > 1 && (
          <option value={CHOSEN} disabled>
            {held.length} of {facet}
          </option>
        )}
        {unlisted.map((value) => (
          <option key={value} value={value}>
            {facetWords(facet, value)} (0)
          </option>
        ))}
        {tallies.map(({ value, count }) => (
          <option key={value} value={value}>
            {facetWords(facet, value)} ({formatCount(count)})
          </option>
        ))}
      </select>
    </label>
  );
}

function facetWords(facet: Facet, value: string): string {
  if (value === NOT_SET) return `no ${facet}`;
  if (facet === 'hop') return hopWords(value);
  if (facet === 'reason') return reasonWords(value);
  return facet === 'verdict' || facet === 'timeliness' ? verdictWords(value).replace('in-time', 'in time') : value;
}
