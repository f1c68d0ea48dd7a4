// SPDX-License-Identifier: Apache-2.0
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { ledgerQuery } from '../../api/ledger';
import { type Counts, sumCounts, total } from '../../model/counts';
import { bandDoor, pendingDoor, stuckDoor } from '../../model/door';
import { type Filter, filterToSearch, withoutFacet } from '../../model/filter';
import { formatCount } from '../../model/number';
import { type Mark, StateIcon } from '../state/StateIcon';
import styles from './tabs.module.css';

interface Tab {
  readonly words: string;
  readonly mark: Mark | null;
  readonly to: (all: Filter) => Filter;
  readonly count: (counts: Counts) => number;
}

const TABS: readonly Tab[] = [
  { words: 'all', mark: null, to: (all) => all, count: total },
  { words: 'in time', mark: 'good', to: (all) => bandDoor(all, 'in_time'), count: (counts) => counts.inTime },
  { words: 'late', mark: 'late', to: (all) => bandDoor(all, 'late'), count: (counts) => counts.late },
  { words: 'pending', mark: 'waiting', to: pendingDoor, count: (counts) => counts.waiting },
  { words: 'stuck', mark: 'stuck', to: stuckDoor, count: (counts) => counts.stuck },
  { words: 'bad', mark: 'bad', to: (all) => bandDoor(all, 'bad'), count: (counts) => counts.bad },
  { words: 'not judged', mark: 'unknown', to: (all) => bandDoor(all, 'unknown'), count: (counts) => counts.unknown },
];

/** The states as doors beside each other, each with its exact count under the other filters. */
export function StateTabs({ filter }: { readonly filter: Filter }) {
  const all = { ...withoutFacet(withoutFacet(filter, 'verdict'), 'timeliness'), query: '', slowerThan: '' };
  const { data } = useQuery({ ...ledgerQuery(['verdict', 'timeliness'], all, 'calm'), placeholderData: keepPreviousData });
  const counts = data && sumCounts(data.rows);
  const here = filterToSearch(filter);
  return (
    <nav className={styles.tabs} aria-label="States">
      {TABS.map((tab) => {
        const search = filterToSearch(tab.to(all));
        return (
          <Link key={tab.words} to={{ search }} aria-current={search === here ? 'true' : undefined}>
            {tab.mark && <StateIcon mark={tab.mark} />}
            <span>{tab.words}</span>
            <span className={styles.count}>{counts ? formatCount(tab.count(counts)) : '…'}</span>
          </Link>
        );
      })}
    </nav>
  );
}
