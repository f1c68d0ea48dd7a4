// SPDX-License-Identifier: Apache-2.0
import { stateOf } from '../../model/verdict';
import styles from './state.module.css';

export type Mark = 'good' | 'late' | 'waiting' | 'stuck' | 'bad' | 'unknown' | 'unverifiable';

/** A shape for each state, so that colour is never alone in saying it. */
const SHAPES: Readonly<Record<Mark, string>> = {
  good: 'M3 8.5 6.5 12 13 4.5',
  late: 'M8 4v4.4l3 2M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2z',
  waiting: 'M4 2.5h8M4 13.5h8M5 2.5c0 4 6 7 6 11M11 2.5c0 4-6 7-6 11',
  stuck: 'M8 2 14.5 13.5h-13zM8 6.4v3.4M8 11.2v.9',
  bad: 'M4 4l8 8M12 4l-8 8',
  unverifiable: 'M6.4 2.7a5.5 5.5 0 0 1 3.2 0M12 4.2a5.5 5.5 0 0 1 1.4 2.7M13.3 9.5a5.5 5.5 0 0 1-1.6 2.6M9.4 13.3a5.5 5.5 0 0 1-2.9 0M4.2 12a5.5 5.5 0 0 1-1.5-2.6M2.7 6.7a5.5 5.5 0 0 1 1.4-2.6',
  unknown: 'M5.3 5.6a2.7 2.7 0 1 1 4.2 2.2C8.5 8.5 8 9 8 10.2M8 13v.1',
};

export function StateIcon({ mark }: { readonly mark: Mark }) {
  return (
    <svg viewBox="0 0 16 16" width="14" height="14" className={styles[mark]} aria-hidden>
      <path d={SHAPES[mark]} fill="none" stroke="currentColor" strokeWidth={mark === 'good' || mark === 'bad' ? 2.2 : 1.5} strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  );
}

export function markOf(verdict: string, timeliness: string): Mark {
  if (verdict === 'stuck' || verdict === 'unverifiable') return verdict;
  const state = stateOf(verdict);
  return state === 'good' && timeliness === 'late' ? 'late' : state;
}
