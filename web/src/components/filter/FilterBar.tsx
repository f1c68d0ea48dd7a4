// SPDX-License-Identifier: Apache-2.0
import { useMediaQuery } from '@mantine/hooks';
import { formatDuration } from '../../model/duration';
import type { Facet, Filter } from '../../model/filter';
import { FacetSelect } from './FacetSelect';
import styles from './filter.module.css';

interface FilterBarProps {
  readonly facets: readonly Facet[];
  readonly filter: Filter;
  readonly onChange: (filter: Filter) => void;
}

/** The filters in a line; on a narrow page they stay folded until they are wanted. */
export function FilterBar(props: FilterBarProps) {
  const narrow = useMediaQuery('(max-width: 760px)', false, { getInitialValueInEffect: false });
  if (!narrow) return <Filters {...props} />;
  const active = Object.keys(props.filter.facets).length;
  return (
    <details className={styles.folder}>
      <summary className="action">{active === 0 ? 'Filters' : `Filters, ${active} set`}</summary>
      <Filters {...props} />
    </details>
  );
}

function Filters({ facets, filter, onChange }: FilterBarProps) {
  const narrowed = facets.some((facet) => filter.facets[facet]) || filter.query !== '' || filter.slowerThan !== '';
  return (
    <div className={styles.bar} role="group" aria-label="Filters">
      {facets.map((facet) => (
        <FacetSelect key={facet} facet={facet} filter={filter} onChange={onChange} />
      ))}
      {filter.query !== '' && <Chip words={`id ${filter.query}`} onRemove={() => onChange({ ...filter, query: '' })} />}
      {filter.slowerThan !== '' && <Chip words={`slower than ${slowerWords(filter.slowerThan)}`} onRemove={() => onChange({ ...filter, slowerThan: '' })} />}
      {narrowed && (
        <button type="button" className={`plain ${styles.clear}`} onClick={() => onChange({ ...filter, facets: {}, query: '', slowerThan: '' })}>
          Clear filters
        </button>
      )}
    </div>
  );
}

/** Doors write microseconds; a person may write any duration. */
function slowerWords(duration: string): string {
  const micros = /^(\d+)us$/.exec(duration)?.[1];
  return micros === undefined ? duration : formatDuration(Number(micros));
}

function Chip({ words, onRemove }: { readonly words: string; readonly onRemove: () => void }) {
  return (
    <button type="button" className="action" aria-label={`Remove the filter ${words}`} onClick={onRemove}>
      {words} <span aria-hidden>×</span>
    </button>
  );
}
