// SPDX-License-Identifier: Apache-2.0
import { formatDuration } from '../duration';
import { hopWords, stateOf, verdictWords } from '../verdict';
import type { BarPicture, FoldedBarPicture, LanePicture, RowPicture, Spot, WaitPicture } from './geometry';
import { type Journey, type Stamp, stampEnd } from './journey';
import { sharedWords } from './joinWords';
import { type Lane, type Missing, openEnd, type Row } from './lanes';
import { type Interval, mergeIntervals, type TimeScale } from './timeScale';

export const AXIS_HEIGHT = 26;
export const BAR_HEIGHT = 12;
const TRACK_HEIGHT = 22;
const LANE_PADDING = 6;
const LABEL_LINE = 16;
const LEAST_BAR = 3;
/** Mean width of a letter in a bar's words. */
const LETTER = 6.3;

export interface BoardChoice {
  readonly scale: TimeScale;
  /** Lanes are named above them instead of left of them. */
  readonly narrow: boolean;
  readonly width: number;
  /** Which try each stamp belongs to, by stamp index; 0 is the first. */
  readonly tries: ReadonlyMap<number, number>;
}

/** Lays lanes and rows down the page, stamps onto the first free track of their row. */
export class Board {
  y = AXIS_HEIGHT;
  readonly lanes: LanePicture[] = [];
  readonly bars: BarPicture[] = [];
  readonly foldedBars: FoldedBarPicture[] = [];
  readonly openWaits: WaitPicture[] = [];
  readonly spots = new Map<number, Spot>();
  private readonly choice: BoardChoice;

  constructor(choice: BoardChoice) {
    this.choice = choice;
  }

  addLane(lane: Lane): void {
    this.lane(lane.service, () => lane.rows.map((row) => (row.folded ? this.addFoldedRow(row) : this.addRow(row))));
  }

  addMissing(missing: Missing, journey: Journey): void {
    this.lane(missingName(missing.stage), () => {
      const [first] = missing.deliveries;
      const x = this.choice.scale.x(missing.since);
      const right = this.choice.scale.x(openEnd(missing, journey));
      const label = missingWords(missing, journey);
      const open = first && stateOf(first.verdict) === 'waiting' ? 'waiting' : 'bad';
      this.openWaits.push({ key: `open ${missing.hop} ${first?.verdict ?? ''}`, x, y: this.barTop(), width: Math.max(LEAST_BAR, right - x), height: BAR_HEIGHT, title: label, open, label });
      this.y += TRACK_HEIGHT + LABEL_LINE;
      return [];
    });
  }

  private lane(service: string, addRows: () => readonly RowPicture[]): void {
    const top = this.y;
    this.y += LANE_PADDING + (this.choice.narrow ? LABEL_LINE : 0);
    const rows = addRows();
    this.y += LANE_PADDING;
    this.lanes.push({ service, y: top, height: this.y - top, rows });
  }

  private addRow(row: Row): RowPicture {
    const top = this.rowTop(row);
    const ends: number[] = [];
    const from = this.bars.length;
    for (const stamp of row.stamps) {
      const { x, right } = this.ends(stamp);
      const free = ends.findIndex((end) => end + 1 <= x);
      const track = free >= 0 ? free : ends.length;
      ends[track] = right;
      this.addBar(stamp, x, right, top + track * TRACK_HEIGHT);
    }
    this.y = top + TRACK_HEIGHT * Math.max(1, ends.length);
    this.labelBars(from);
    return { key: row.key, label: row.label, y: top, delivery: row.deliveries[0] ?? null, folded: false };
  }

  private addFoldedRow(row: Row): RowPicture {
    const top = this.rowTop(row);
    const y = this.barTop();
    const drawn: Interval[] = row.stamps.map((stamp) => {
      const { x, right } = this.ends(stamp);
      this.spots.set(stamp.index, { x, right, y: y + BAR_HEIGHT / 2, folded: row.key });
      return { start: x, end: right };
    });
    for (const { start, end } of mergeIntervals(drawn)) {
      this.foldedBars.push({ key: `${row.key} ${start}`, x: start, y, width: end - start, height: BAR_HEIGHT, title: row.label });
    }
    this.y = top + TRACK_HEIGHT;
    return { key: row.key, label: row.label, y: top, delivery: null, folded: true };
  }

  private rowTop(row: Row): number {
    if (this.choice.narrow && row.label !== '') this.y += LABEL_LINE;
    return this.y;
  }

  private barTop(): number {
    return this.y + (TRACK_HEIGHT - BAR_HEIGHT) / 2;
  }

  private ends(stamp: Stamp): { x: number; right: number } {
    const x = this.choice.scale.x(stamp.offsetMicros);
    return { x, right: Math.max(x + LEAST_BAR, this.choice.scale.x(stampEnd(stamp))) };
  }

  private addBar(stamp: Stamp, x: number, right: number, top: number): void {
    const height = stamp.stage === '' ? BAR_HEIGHT / 2 : BAR_HEIGHT;
    const y = top + (TRACK_HEIGHT - height) / 2;
    this.bars.push({ stamp, x, y, width: right - x, height, label: '', inside: false });
    this.spots.set(stamp.index, { x, right, y: y + height / 2, folded: '' });
  }

  /** Words stand right of their bar, where the next bar of the same line leaves room; else inside it, or nowhere. */
  private labelBars(from: number): void {
    const own = this.bars.slice(from);
    own.forEach((bar, index) => {
      const label = barLabel(bar.stamp, this.choice.tries.get(bar.stamp.index) ?? 0);
      const middle = bar.y + bar.height / 2;
      const next = own.filter((other) => other.x > bar.x && Math.abs(other.y + other.height / 2 - middle) < 1);
      const limit = next.reduce((least, other) => Math.min(least, other.x), this.choice.width);
      const named = { ...bar, label };
      this.bars[from + index] = labelWidth(label) <= limit - (bar.x + bar.width) ? named : placeInside(named);
    });
  }
}

/** Pixels that a bar's words take right of it, with the space around them. */
export function labelWidth(label: string): number {
  return label.length * LETTER + 10;
}

/** The bar with its words inside it, or without words when it is too short or too thin for them. */
export function placeInside(bar: BarPicture): BarPicture {
  const fits = bar.height === BAR_HEIGHT && labelWidth(bar.label) <= bar.width;
  return fits ? { ...bar, inside: true } : { ...bar, label: '' };
}

export function missingName(stage: string): string {
  return `${stage}: not seen`;
}

function missingWords(missing: Missing, journey: Journey): string {
  const [first] = missing.deliveries;
  const who = missing.deliveries.length > 1 ? `${missing.deliveries.length} deliveries ` : '';
  const waited = formatDuration(Math.max(0, openEnd(missing, journey) - missing.since));
  const hop = missing.hop === '' ? '' : ` at ${hopWords(missing.hop)}`;
  return `${who}${verdictWords(first?.verdict ?? '')}${hop}, ${waited}`;
}

function barLabel(stamp: Stamp, tries: number): string {
  const attempt = tries > 0 ? `, try ${tries + 1}` : '';
  const shared = stamp.shared > 1 ? `, ${sharedWords(stamp)}` : '';
  return `${stamp.stage || stamp.name} ${formatDuration(stamp.workMicros)}${attempt}${shared}`;
}
