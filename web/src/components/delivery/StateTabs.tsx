// SPDX-License-Identifier: Apache-2.0
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { ledgerQuery } from '../../api/ledger';
import { type CountName, isTotalEstimated, sumCounts, total } from '../../model/counts';
import { bandDoor, pendingDoor, stuckDoor } from '../../model/door';
import { type Filter, filterToSearch, withoutFacet } from '../../model/filter';
import { formatCount } from '../../model/number';
import { type Mark, StateIcon } from '../state/StateIcon';
import { Approx } from '../text/Approx';
import styles from './tabs.module.css';

interface Tab {
  readonly words: string;
  readonly mark: Mark | null;
  readonly to: (all: Filter) => Filter;
  readonly count: CountName | 'total';
}

const TABS: readonly Tab[] = [
  { words: 'all', mark: null, to: (all) => all, count: 'total' },
  { words: 'in time', mark: 'good', to: (all) => bandDoor(all, 'in_time'), count: 'inTime' },
  { words: 'late', mark: 'late', to: (all) => bandDoor(all, 'late'), count: 'late' },
  { words: 'pending', mark: 'waiting', to: pendingDoor, count: 'waiting' },
  { words: 'stuck', mark: 'stuck', to: stuckDoor, count: 'stuck' },
  { words: 'bad', mark: 'bad', to: (all) => bandDoor(all, 'bad'), count: 'bad' },
  { words: 'not judged', mark: 'unknown', to: (all) => bandDoor(all, 'unknown'), count: 'unknown' },
];

/** The states as doors beside each other, each with its count under the other filters. */
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
            <span className={styles.count}>
              {counts && <Approx estimated={tab.count === 'total' ? isTotalEstimated(counts) : counts.estimated.includes(tab.count)} />}
              {counts ? formatCount(tab.count === 'total' ? total(counts) : counts[tab.count]) : '…'}
            </span>
          </Link>
        );
      })}
    </nav>
  );
}
