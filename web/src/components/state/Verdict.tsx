// SPDX-License-Identifier: Apache-2.0
import { verdictWords } from '../../model/verdict';
import { markOf, StateIcon } from './StateIcon';
import styles from './state.module.css';

/** A verdict as icon and words; a late one says so. */
export function Verdict({ verdict, timeliness }: { readonly verdict: string; readonly timeliness: string }) {
  return (
    <span className={styles.verdict}>
      <StateIcon mark={markOf(verdict, timeliness)} />
      <span>
        {verdictWords(verdict)}
        {timeliness === 'late' && <span className={styles.lateWord}>, late</span>}
      </span>
    </span>
  );
}
