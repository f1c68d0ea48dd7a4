// SPDX-License-Identifier: Apache-2.0
import { formatDuration } from '../../model/duration';
import type { Hop } from '../../model/delivery';
import { hopName } from '../../model/path';
import { hopWords } from '../../model/verdict';
import { waitWords } from '../../model/waitWords';
import styles from './delivery.module.css';

/** A smaller part than this could not be seen as hatched or solid. */
const LEAST_SHARE = 0.01;

interface SplitBarProps {
  readonly hops: readonly Hop[];
  /** Microseconds that the whole width stands for; the hops' own sum when it is not given. */
  readonly scale?: number;
  /** Microseconds that the delivery waits beyond its last stamp, or waited until it was given up. */
  readonly open?: number;
  readonly givenUp?: boolean;
}

/** Where the time went: hop after hop, hatched while it waited, solid while it worked. */
export function SplitBar({ hops, scale, open = 0, givenUp = false }: SplitBarProps) {
  const sum = hops.reduce((whole, hop) => whole + hop.waitMicros + hop.ownMicros, open);
  const whole = Math.max(1, scale ?? sum);
  const pieces = hops.flatMap((hop) => [
    { key: `${hopName(hop)} wait`, className: 'hatch', micros: hop.waitMicros, title: `${hopWords(hopName(hop))}: ${waitWords(hop)} waiting` },
    { key: `${hopName(hop)} work`, className: 'solid', micros: hop.ownMicros, title: `${hopWords(hopName(hop))}: ${formatDuration(hop.ownMicros)} working` },
  ]);
  return (
    <span className={styles.split} aria-hidden>
      {pieces
        .filter((piece) => piece.micros > whole * LEAST_SHARE)
        .map((piece) => (
          <span key={piece.key} className={piece.className} title={piece.title} style={{ width: `${(piece.micros / whole) * 100}%` }} />
        ))}
      {open > 0 && <span className={`hatch ${styles.open}`} data-given-up={givenUp} title={givenUp ? `${formatDuration(open)} waited for in vain` : `${formatDuration(open)} waiting now`} style={{ width: `${(open / whole) * 100}%` }} />}
    </span>
  );
}
