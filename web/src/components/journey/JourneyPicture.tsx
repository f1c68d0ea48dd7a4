// SPDX-License-Identifier: Apache-2.0
import { type KeyboardEvent, useRef } from 'react';
import { formatDuration, formatOffset } from '../../model/duration';
import { AXIS_HEIGHT } from '../../model/journey/board';
import type { Picture } from '../../model/journey/geometry';
import { type Join, type Journey, type Stamp, stampEnd } from '../../model/journey/journey';
import { joinWords, sharedWords, tellingJoins } from '../../model/journey/joinWords';
import { ArrowShape, BarShape, WaitShape } from './shapes';
import styles from './picture.module.css';
import type { Selection } from './useSelection';

const LABEL_GAP = 12;
const LETTER = 6.4;

interface JourneyPictureProps {
  readonly picture: Picture;
  readonly journey: Journey;
  readonly selection: Selection;
}

/** Draws what the geometry says. Arrow keys walk from stamp to stamp in the order of time. */
export function JourneyPicture({ picture, journey, selection }: JourneyPictureProps) {
  const svg = useRef<SVGSVGElement>(null);
  const joins = tellingJoins(journey);
  const pick = (stamp: Stamp) => selection.change({ stamp: selection.stamp === stamp.index ? null : stamp.index });
  const walk = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const order = picture.bars.map((bar) => bar.stamp).sort((a, b) => a.offsetMicros - b.offsetMicros || a.index - b.index);
    // From the stamp in focus and not from the URL's, which follows a moment later: keys may come faster.
    const focused = event.target instanceof Element ? event.target.closest('[data-stamp]')?.getAttribute('data-stamp') : null;
    const at = order.findIndex((stamp) => String(stamp.index) === focused);
    const next = order[Math.min(order.length - 1, Math.max(0, at + step))];
    if (!next) return;
    selection.change({ stamp: next.index });
    svg.current?.querySelector<SVGElement>(`[data-stamp="${next.index}"]`)?.focus();
  };
  return (
    <svg ref={svg} width={picture.width} height={picture.height} className={styles.picture} role="group" aria-label={`Journey of ${journey.key}: ${journey.sentence}`} onKeyDown={walk} data-testid="journey">
      {picture.lanes.map((lane) => (
        <line key={lane.y} x1={0} x2={picture.width} y1={lane.y} y2={lane.y} className={styles.laneRule} />
      ))}
      <Axis picture={picture} />
      {picture.folds.map((fold) => (
        <g key={fold.x}>
          <rect x={fold.x} y={AXIS_HEIGHT} width={fold.width} height={picture.height - AXIS_HEIGHT} className={styles.fold} />
          <text x={fold.x + fold.width / 2} y={15} textAnchor="middle" className={styles.foldLabel}>
            {fold.width > 70 ? `⋯ ${fold.label} ⋯` : fold.label}
          </text>
        </g>
      ))}
      <Moments picture={picture} />
      {picture.arrows.map((arrow) => (
        <ArrowShape key={arrow.key} arrow={arrow} />
      ))}
      <LaneNames picture={picture} selection={selection} />
      {picture.waits.map((wait) => (
        <WaitShape key={wait.key} wait={wait} width={picture.width} />
      ))}
      {picture.foldedBars.map((bar) => (
        <rect key={bar.key} x={bar.x} y={bar.y} width={bar.width} height={bar.height} className={styles.foldedBar} onClick={() => selection.change({ unfolded: true })}>
          <title>{bar.title}</title>
        </rect>
      ))}
      {picture.bars.map((bar, index) => (
        <BarShape key={bar.stamp.index} bar={bar} picked={bar.stamp.index === selection.stamp} first={index === 0 && selection.stamp === null} title={stampTitle(bar.stamp, joins.get(bar.stamp.index))} onPick={() => pick(bar.stamp)} />
      ))}
      <MomentNames picture={picture} journey={journey} />
    </svg>
  );
}

function LaneNames({ picture, selection }: { readonly picture: Picture; readonly selection: Selection }) {
  const wide = picture.gutter > 0;
  return picture.lanes.map((lane) => (
    <g key={`${lane.service} ${lane.y}`}>
      <text x={0} y={lane.y + (wide ? 21 : 17)} className={styles.service}>
        <title>{lane.service}</title>
        {wide ? clip(lane.service, picture.gutter - LABEL_GAP - letters(lane.rows[0]?.label ?? '')) : lane.service}
      </text>
      {lane.rows
        .filter((row) => row.label !== '')
        .map((row) => (
          <text
            key={row.key}
            x={wide ? picture.gutter - LABEL_GAP : 0}
            y={wide ? row.y + 15 : row.y - 3}
            textAnchor={wide ? 'end' : 'start'}
            className={styles.rowLabel}
            data-folded={row.folded}
            data-picked={row.delivery?.id === selection.delivery}
            onClick={() => (row.folded ? selection.change({ unfolded: true }) : selection.change({ delivery: row.delivery?.id ?? '' }))}
          >
            <title>{row.label}</title>
            {wide ? clip(row.label, picture.gutter - LABEL_GAP) : row.label}
          </text>
        ))}
    </g>
  ));
}

function Axis({ picture }: { readonly picture: Picture }) {
  return picture.ticks.map((tick) => (
    <g key={tick.micros}>
      <line x1={tick.x} x2={tick.x} y1={AXIS_HEIGHT - 4} y2={picture.height} className={styles.tick} />
      <text x={tick.x + 3} y={15} className={styles.tickLabel}>
        {tick.micros === 0 ? '0' : formatDuration(tick.micros)}
      </text>
    </g>
  ));
}

/** The deadline and now, as lines through all lanes, under all words. */
function Moments({ picture: { deadlineX, nowX, height } }: { readonly picture: Picture }) {
  return (
    <>
      {deadlineX !== null && <line x1={deadlineX} x2={deadlineX} y1={AXIS_HEIGHT - 6} y2={height} className={styles.deadline} />}
      {nowX !== null && <line x1={nowX} x2={nowX} y1={AXIS_HEIGHT - 6} y2={height} className={styles.now} />}
    </>
  );
}

const DEADLINE_ROOM = 96;
const NOW_ROOM = 40;

/** The deadline's name stands on the side where there is room for it; that of now always left of it. */
function MomentNames({ picture, journey }: { readonly picture: Picture; readonly journey: Journey }) {
  const { deadlineX, nowX, height, width } = picture;
  const room = (nowX !== null && deadlineX !== null && nowX > deadlineX ? nowX - NOW_ROOM : width) - (deadlineX ?? 0);
  const left = room < DEADLINE_ROOM;
  return (
    <>
      {deadlineX !== null && (
        <text x={deadlineX + (left ? -4 : 4)} y={height - 2} textAnchor={left ? 'end' : 'start'} className={styles.deadlineName}>
          deadline {formatDuration(journey.deadlineMicros)}
        </text>
      )}
      {nowX !== null && (
        <text x={nowX - 4} y={height - 2} textAnchor="end" className={styles.nowName}>
          now
        </text>
      )}
    </>
  );
}

function letters(text: string): number {
  return text.length * LETTER;
}

/** As much of a name as fits into so many pixels. */
function clip(text: string, room: number): string {
  const most = Math.max(6, Math.floor(room / (LETTER + 0.8)));
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}

function stampTitle(stamp: Stamp, join: Join | undefined): string {
  const error = stamp.error ? ` ERROR ${[stamp.category, stamp.detail].filter(Boolean).join(': ')}` : '';
  return `${stamp.stage || 'step'} ${stamp.name} in ${stamp.service}, ${formatOffset(stamp.offsetMicros)} to ${formatOffset(stampEnd(stamp))}, ${formatDuration(stamp.workMicros)} working${stamp.shared > 1 ? `, ${sharedWords(stamp)}` : ''}${join ? `, joined by ${joinWords(join)}` : ''}${error}`;
}
