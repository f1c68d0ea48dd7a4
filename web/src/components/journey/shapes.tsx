// SPDX-License-Identifier: Apache-2.0
import type { ArrowPicture, BarPicture, WaitPicture } from '../../model/journey/geometry';
import styles from './picture.module.css';

const TOUCH = 5;

interface BarShapeProps {
  readonly bar: BarPicture;
  readonly picked: boolean;
  /** The one stamp of the picture that the Tab key reaches while none is picked. */
  readonly first: boolean;
  readonly title: string;
  readonly onPick: () => void;
}

/** One stamp. A failed one is crossed, one of a later try carries a tick for each try before it. */
export function BarShape({ bar, picked, first, title, onPick }: BarShapeProps) {
  const { stamp, x, y, width, height } = bar;
  const middle = y + height / 2;
  return (
    <g
      className={styles.bar}
      data-stamp={stamp.index}
      data-error={stamp.error}
      data-picked={picked}
      data-quiet={stamp.stage === ''}
      role="button"
      tabIndex={picked || first ? 0 : -1}
      aria-label={title}
      aria-pressed={picked}
      onClick={onPick}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        onPick();
      }}
    >
      <title>{title}</title>
      <rect x={x - TOUCH} y={y - TOUCH} width={width + 2 * TOUCH} height={height + 2 * TOUCH} className={styles.touch} />
      <rect x={x} y={y} width={width} height={height} className={styles.fill} />
      {stamp.error && <path d={`M${x + width - 3} ${y - 4}l6 6m0 -6l-6 6`} className={styles.cross} />}
      {Array.from({ length: Math.min(stamp.attempt, 5) }, (_, retry) => (
        <line key={retry} x1={x + 1 + retry * 3} x2={x + 1 + retry * 3} y1={y + height + 1.5} y2={y + height + 5.5} className={styles.retry} />
      ))}
      {bar.label !== '' && (
        <text x={bar.inside ? x + 6 : x + width + (stamp.error ? 10 : 8)} y={middle + (bar.inside ? 3.5 : 4)} className={styles.barLabel} data-inside={bar.inside}>
          {bar.label}
        </text>
      )}
    </g>
  );
}

/** A wait: hatched. One that no stamp ended has the colour of its state and says in words what it is. */
export function WaitShape({ wait, width }: { readonly wait: WaitPicture; readonly width: number }) {
  const inside = wait.x + wait.label.length * 6.4 > width;
  return (
    <g className={styles.wait} data-open={wait.open ?? undefined}>
      <title>{wait.title}</title>
      <rect x={wait.x} y={wait.y} width={wait.width} height={wait.height} />
      {wait.label !== '' && (
        <text x={inside ? width - 14 : wait.x} y={wait.y + wait.height + 15} textAnchor={inside ? 'end' : 'start'}>
          {wait.label}
        </text>
      )}
    </g>
  );
}

/** A join. Dashed when it comes from a link, faint when it is not certain. */
export function ArrowShape({ arrow }: { readonly arrow: ArrowPicture }) {
  return (
    <g className={styles.arrow} data-rule={arrow.rule} data-confidence={arrow.confidence}>
      <path d={arrow.line} />
      <path d={arrow.head} className={styles.arrowHead} />
    </g>
  );
}
