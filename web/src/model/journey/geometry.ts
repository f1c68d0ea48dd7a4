// SPDX-License-Identifier: Apache-2.0
import type { Delivery } from '../delivery';
import { formatDuration } from '../duration';
import { drawArrows } from './arrows';
import { Board, labelWidth, missingName, placeInside } from './board';
import { isOnTheWay, type Journey, nowOffset, type Stamp, stampEnd } from './journey';
import { buildLanes, findMissing, findTries, type Lane, type LaneChoice, type Missing, openEnd } from './lanes';
import { buildTicks, buildTimeScale, type Interval, type Tick, type TimeScale } from './timeScale';
import { drawWaits } from './waits';

/** Everything of the journey's picture in pixels; the components only draw it. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Left edge of the time axis; what is left of it names the lanes. */
  readonly gutter: number;
  readonly lanes: readonly LanePicture[];
  readonly bars: readonly BarPicture[];
  readonly foldedBars: readonly FoldedBarPicture[];
  readonly waits: readonly WaitPicture[];
  readonly arrows: readonly ArrowPicture[];
  readonly ticks: readonly Tick[];
  readonly folds: readonly FoldPicture[];
  readonly folded: boolean;
  /** Null when it lies past the right edge. */
  readonly deadlineX: number | null;
  /** Null when nothing is on the way any more. */
  readonly nowX: number | null;
}

export interface LanePicture {
  readonly service: string;
  readonly y: number;
  readonly height: number;
  readonly rows: readonly RowPicture[];
}

export interface RowPicture {
  readonly key: string;
  readonly label: string;
  readonly y: number;
  readonly delivery: Delivery | null;
  readonly folded: boolean;
}

export interface BarPicture {
  readonly stamp: Stamp;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Empty when there is no room for it; inside the bar when there is only room there. */
  readonly label: string;
  readonly inside: boolean;
}

/** The work of all the deliveries of a folded row, as one: where at least one of them works. */
export interface FoldedBarPicture {
  readonly key: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly title: string;
}

export interface WaitPicture {
  readonly key: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly title: string;
  /** Set on a wait that no stamp ended: the state it left its deliveries in. */
  readonly open: 'waiting' | 'bad' | null;
  readonly label: string;
}

export interface ArrowPicture {
  readonly key: string;
  readonly line: string;
  readonly head: string;
  readonly rule: string;
  readonly confidence: string;
}

export interface FoldPicture {
  readonly x: number;
  readonly width: number;
  readonly label: string;
}

/** Where a stamp was drawn: the ends of its bar, its middle, and the folded row that it is part of. */
export interface Spot {
  readonly x: number;
  readonly right: number;
  readonly y: number;
  readonly folded: string;
}

const LEAST_GUTTER = 150;
const MOST_GUTTER = 320;
/** Mean width of a letter in the names of lanes, and the space around those. */
const NAME_LETTER = 7.5;
const ROW_LETTER = 6.6;
const NAME_SPACE = 24;
/** Room right of the axis for the words of what ends there. */
const RIGHT_MARGIN = 150;
const NARROW_MARGIN = 14;
const NARROW = 620;

export interface PictureChoice extends LaneChoice {
  readonly width: number;
  readonly fold: boolean;
}

export function drawJourney(journey: Journey, choice: PictureChoice): Picture {
  const narrow = choice.width < NARROW;
  const margin = narrow ? NARROW_MARGIN : RIGHT_MARGIN;
  const missing = findMissing(journey);
  const lanes = buildLanes(journey, choice);
  const gutter = narrow ? 0 : gutterFor(lanes, missing);
  const end = pictureEnd(journey, missing);
  const scale = shift(buildTimeScale(busyIntervals(journey), end, choice.width - gutter - margin, choice.fold), gutter);
  const board = new Board({ scale, narrow, width: choice.width, tries: findTries(journey) });
  for (const lane of lanes) board.addLane(lane);
  for (const gap of missing) board.addMissing(gap, journey);
  const waits = [...drawWaits(journey, board.spots, scale), ...board.openWaits];
  return {
    width: choice.width,
    height: board.y + 8,
    gutter,
    lanes: board.lanes,
    bars: board.bars.map((bar) => (!bar.inside && isCovered(bar, waits) ? placeInside(bar) : bar)),
    foldedBars: board.foldedBars,
    waits,
    arrows: drawArrows(journey, board.spots),
    ticks: buildTicks(scale, narrow ? 84 : 110).filter((tick) => tick.x < choice.width - 44),
    folds: scale.segments.filter((segment) => segment.folded).map((segment) => ({ x: segment.x0, width: segment.x1 - segment.x0, label: formatDuration(segment.end - segment.start) })),
    folded: scale.folded,
    deadlineX: journey.deadlineMicros > 0 && journey.deadlineMicros <= end ? scale.x(journey.deadlineMicros) : null,
    nowX: isOnTheWay(journey) ? scale.x(nowOffset(journey)) : null,
  };
}

/** As wide as the longest name needs, within reason. */
function gutterFor(lanes: readonly Lane[], missing: readonly Missing[]): number {
  const names = lanes.map((lane) => {
    const row = lane.rows[0]?.label ?? '';
    return lane.service.length * NAME_LETTER + (row === '' ? 0 : row.length * ROW_LETTER + NAME_SPACE);
  });
  const rows = lanes.flatMap((lane) => lane.rows.map((row) => row.label.length * ROW_LETTER));
  const stages = missing.map(({ stage }) => missingName(stage).length * NAME_LETTER);
  return Math.min(MOST_GUTTER, Math.max(LEAST_GUTTER, ...names, ...rows, ...stages) + NAME_SPACE);
}

/** Words on a hatch cannot be read, so a bar that a wait follows on its line has none. */
function isCovered(bar: BarPicture, waits: readonly WaitPicture[]): boolean {
  const right = bar.x + bar.width;
  const middle = bar.y + bar.height / 2;
  return waits.some((wait) => wait.y < middle && middle < wait.y + wait.height && wait.x < right + labelWidth(bar.label) && right < wait.x + wait.width - 1);
}

/** The deadline is drawn when it is not much further than the last thing that happened. */
function pictureEnd(journey: Journey, missing: readonly Missing[]): number {
  const last = Math.max(1, ...journey.stamps.map(stampEnd), ...missing.map((one) => openEnd(one, journey)));
  const deadline = journey.deadlineMicros;
  return deadline > last && deadline < last * 1.4 ? deadline * 1.02 : last;
}

function busyIntervals(journey: Journey): readonly Interval[] {
  return journey.stamps.map((stamp) => ({ start: stamp.offsetMicros, end: stampEnd(stamp) }));
}

function shift(scale: TimeScale, by: number): TimeScale {
  const segments = scale.segments.map((segment) => ({ ...segment, x0: segment.x0 + by, x1: segment.x1 + by }));
  return { ...scale, segments, x: (micros) => scale.x(micros) + by };
}
