// SPDX-License-Identifier: Apache-2.0
import type { Join } from '../../model/journey/journey';
import { ruleWords } from '../../model/journey/joinWords';
import styles from './tables.module.css';

/** Why a stamp belongs to the journey; what is not certain is marked. */
export function JoinedBy({ join }: { readonly join: Join }) {
  return (
    <span title={`Joined by ${ruleWords(join.rule)}, ${join.confidence}`}>
      {ruleWords(join.rule)}
      {join.confidence !== 'certain' && (
        <>
          {' '}
          <Confidence confidence={join.confidence} />
        </>
      )}
    </span>
  );
}

/** How sure a join is, in a word; a dashed line under it while it is not certain. */
export function Confidence({ confidence }: { readonly confidence: string }) {
  return (
    <span className={styles.confidence} data-confidence={confidence}>
      {confidence}
    </span>
  );
}
