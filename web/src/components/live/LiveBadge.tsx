// SPDX-License-Identifier: Apache-2.0
import { useRef } from 'react';
import { formatClock } from '../../model/instant';
import { formatCount } from '../../model/number';
import { useLive, useLiveState } from './LiveProvider';
import styles from './LiveBadge.module.css';

/** Says whether the page is live, held or stale; a click holds the moment or lets it go. */
export function LiveBadge() {
  const { paused, setPaused } = useLive();
  const { pulse, staleSince, known } = useLiveState();
  const held = useRef<{ at: number; deliveries: number } | null>(null);
  if (!paused) held.current = null;
  else if (!held.current && pulse) held.current = { at: Date.now(), deliveries: pulse.deliveries };

  const newer = held.current && pulse ? Math.max(0, pulse.deliveries - held.current.deliveries) : 0;
  const stale = staleSince !== null;
  const words = stale
    ? `stale since ${formatClock(staleSince)}`
    : paused
      ? `paused${newer > 0 ? `, ${formatCount(newer)} newer` : ''}`
      : known
        ? 'live'
        : 'connecting';
  return (
    <button
      type="button"
      className={`action ${styles.badge}`}
      data-state={stale ? 'stale' : paused ? 'paused' : 'live'}
      aria-pressed={paused}
      title={stale ? 'The line to the server broke. The page connects again by itself.' : paused ? 'Let the page follow again (p)' : 'Hold this moment (p)'}
      onClick={() => setPaused(!paused)}
    >
      <span className={styles.mark} aria-hidden>
        {paused && !stale ? <PauseMark /> : <span className={styles.dot} />}
      </span>
      <span aria-live="polite">{words}</span>
    </button>
  );
}

function PauseMark() {
  return (
    <svg viewBox="0 0 8 8" width="8" height="8">
      <path d="M1 0h2v8H1zM5 0h2v8H5z" fill="currentColor" />
    </svg>
  );
}
