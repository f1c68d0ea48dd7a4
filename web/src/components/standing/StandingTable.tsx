// SPDX-License-Identifier: Apache-2.0
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { bandDoor, judgedDoor, stuckDoor } from '../../model/door';
import { type Facet, type Filter, filterToSearch, narrow, NOT_SET } from '../../model/filter';
import { formatCount, formatShare } from '../../model/number';
import type { SparkStep, Standing } from '../../model/standing';
import { isJudgedEstimated, isTotalEstimated, trouble } from '../../model/counts';
import { hopWords, reasonWords } from '../../model/verdict';
import { moveFocus } from '../list/moveFocus';
import { StateIcon } from '../state/StateIcon';
import { Approx } from '../text/Approx';
import { Count } from '../text/Count';
import { Door } from '../text/Door';
import { Spark } from './Spark';
import styles from './standing.module.css';

export interface StandingGroup {
  readonly facet: Facet;
  readonly title: string;
  readonly standings: readonly Standing[];
  readonly sparks: ReadonlyMap<string, readonly SparkStep[]>;
}

const SHOWN = 6;

/** How each value of one dimension stands, a line each; the columns of all tables on the page agree. */
export function StandingTable({ group, filter }: { readonly group: StandingGroup; readonly filter: Filter }) {
  const [all, setAll] = useState(false);
  const shown = all ? group.standings : group.standings.slice(0, SHOWN);
  const rest = group.standings.length - shown.length;
  return (
    <div className={styles.scroll}>
      <table className={styles.table} data-testid={`standing-${group.facet}`}>
        <thead>
          <tr>
            <th scope="col" className={styles.title}>
              {group.title}
            </th>
            <th scope="col">deliveries</th>
            <th scope="col">in time</th>
            <th scope="col">late</th>
            <th scope="col">bad</th>
            <th scope="col">stuck</th>
            <th scope="col" className={styles.words}>
              worst
            </th>
            <th scope="col" className={styles.words}>
              over time
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((standing) => (
            <StandingRow key={standing.value} standing={standing} facet={group.facet} filter={filter} spark={group.sparks.get(standing.value) ?? []} />
          ))}
        </tbody>
      </table>
      {rest > 0 && (
        <button type="button" className={`plain ${styles.more}`} onClick={() => setAll(true)}>
          {formatCount(rest)} more
        </button>
      )}
    </div>
  );
}

interface StandingRowProps {
  readonly standing: Standing;
  readonly facet: Facet;
  readonly filter: Filter;
  readonly spark: readonly SparkStep[];
}

function StandingRow({ standing, facet, filter, spark }: StandingRowProps) {
  const navigate = useNavigate();
  const own = narrow(filter, { [facet]: [standing.value || NOT_SET] });
  const { counts } = standing;
  const open = () => void navigate({ pathname: '/messages', search: filterToSearch(own) });
  return (
    <tr tabIndex={0} data-row onKeyDown={(event) => moveFocus(event, open)}>
      <th scope="row">
        <Door to={own}>{standing.value === '' ? 'not set' : standing.value}</Door>
      </th>
      <td>
        <Count count={standing.total} to={own} label="deliveries" estimated={isTotalEstimated(counts)} />
      </td>
      <td className={styles.share}>
        {standing.share === null ? (
          <span className="quiet">not judged</span>
        ) : (
          <>
            <Approx estimated={isJudgedEstimated(counts)} />
            <Door to={trouble(counts) === 0 ? judgedDoor(own) : bandDoor(own, 'in_time')} title={`${formatCount(counts.inTime)} in time`}>
              {formatShare(standing.share)}
            </Door>
          </>
        )}
      </td>
      <td>
        <Count count={counts.late} to={bandDoor(own, 'late')} label="late deliveries" estimated={counts.estimated.includes('late')} />
      </td>
      <td data-bad={counts.bad > 0}>
        <Count count={counts.bad} to={bandDoor(own, 'bad')} label="bad deliveries" estimated={counts.estimated.includes('bad')} />
      </td>
      <td data-bad={counts.stuck > 0}>
        <Count count={counts.stuck} to={stuckDoor(own)} label="stuck deliveries" estimated={counts.estimated.includes('stuck')} />
      </td>
      <td className={styles.words}>
        <WorstCell standing={standing} own={own} />
      </td>
      <td className={styles.words}>
        <Spark steps={spark} />
      </td>
    </tr>
  );
}

function WorstCell({ standing, own }: { readonly standing: Standing; readonly own: Filter }) {
  const { worst } = standing;
  if (!worst) return <span className="quiet">{standing.counts.late > 0 ? 'late only' : 'nothing wrong'}</span>;
  return (
    <span className={styles.worst}>
      <StateIcon mark={worst.reason.startsWith('StuckAt') ? 'stuck' : 'bad'} />
      <Door to={narrow(own, { reason: [worst.reason] })} title={`${formatCount(worst.count)} deliveries`}>
        {reasonWords(worst.reason)}
      </Door>
      {worst.hop !== '' && <span className="quiet">{hopWords(worst.hop)}</span>}
    </span>
  );
}
