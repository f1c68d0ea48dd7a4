// SPDX-License-Identifier: Apache-2.0
import { useState } from 'react';
import type { Join, Journey } from '../../model/journey/journey';
import { ruleWords } from '../../model/journey/joinWords';
import { countOf, formatCount } from '../../model/number';
import page from '../../pages/page.module.css';
import { Confidence } from './JoinedBy';
import styles from './tables.module.css';
import type { Selection } from './useSelection';

const SHOWN = 12;

interface JoinSectionProps {
  readonly journey: Journey;
  readonly selection: Selection;
}

/** Why these stamps are believed to be one message: each join with its rule and how sure it is. */
export function JoinSection({ journey, selection }: JoinSectionProps) {
  const [all, setAll] = useState(false);
  const shown = all ? journey.joins : journey.joins.slice(0, SHOWN);
  const rest = journey.joins.length - shown.length;
  return (
    <details className={`${page.block} ${styles.folder}`} open={journey.joins.some((join) => join.confidence === 'weak')}>
      <summary>
        {countOf(journey.joins.length, 'join', 'joins')} <span className="quiet">{confidenceWords(journey.joins)}</span>
      </summary>
      <div className={styles.scroll}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th>stamp</th>
              <th>joins</th>
              <th>by</th>
              <th>confidence</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((join) => (
              <tr key={`${join.fromStamp}-${join.toStamp}-${join.rule}`}>
                <th scope="row">
                  <StampName index={join.fromStamp} journey={journey} selection={selection} />
                </th>
                <td>
                  <StampName index={join.toStamp} journey={journey} selection={selection} />
                </td>
                <td>{ruleWords(join.rule)}</td>
                <td>
                  <Confidence confidence={join.confidence} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rest > 0 && (
        <button type="button" className={`plain ${styles.more}`} onClick={() => setAll(true)}>
          {formatCount(rest)} more
        </button>
      )}
    </details>
  );
}

/** "5 certain, 2 probable". */
function confidenceWords(joins: readonly Join[]): string {
  return ['certain', 'probable', 'weak']
    .map((confidence) => [confidence, joins.filter((join) => join.confidence === confidence).length] as const)
    .filter(([, count]) => count > 0)
    .map(([confidence, count]) => `${formatCount(count)} ${confidence}`)
    .join(', ');
}

interface StampNameProps {
  readonly index: number;
  readonly journey: Journey;
  readonly selection: Selection;
}

function StampName({ index, journey, selection }: StampNameProps) {
  const stamp = journey.stamps.find((candidate) => candidate.index === index);
  if (!stamp) return <span className="quiet">a stamp no longer held</span>;
  return (
    <button type="button" className="plain" onClick={() => selection.change({ stamp: index })}>
      {stamp.name} <span className="quiet">in {stamp.service}</span>
    </button>
  );
}
