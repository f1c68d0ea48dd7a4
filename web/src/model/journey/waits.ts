// SPDX-License-Identifier: Apache-2.0
import { hopName } from '../path';
import { hopWords } from '../verdict';
import { waitWords } from '../waitWords';
import { BAR_HEIGHT } from './board';
import type { Spot, WaitPicture } from './geometry';
import { type Journey, stampEnd } from './journey';
import { mergeIntervals, type TimeScale } from './timeScale';

/** The waits between stamps, on the line of the stamp that ended them; those of a folded row are drawn as one. */
export function drawWaits(journey: Journey, spots: ReadonlyMap<number, Spot>, scale: TimeScale): readonly WaitPicture[] {
  const ends = new Map(journey.stamps.map((stamp) => [stamp.index, stampEnd(stamp)]));
  const waits = new Map<string, WaitPicture>();
  const folded = new Map<string, WaitPicture[]>();
  for (const hop of journey.deliveries.flatMap((delivery) => delivery.hops)) {
    const end = ends.get(hop.fromStamp ?? -1);
    const spot = spots.get(hop.toStamp ?? -1);
    if (end === undefined || !spot) continue;
    const x = scale.x(end);
    if (spot.x - x < 0.5) continue;
    const key = `${hop.fromStamp}-${hop.toStamp}`;
    const title = `${waitWords(hop)} waiting, ${hopWords(hopName(hop))}`;
    const wait: WaitPicture = { key, x, y: spot.y - BAR_HEIGHT / 2, width: spot.x - x, height: BAR_HEIGHT, title, open: null, label: '' };
    if (spot.folded === '') waits.set(key, wait);
    else folded.set(spot.folded, [...(folded.get(spot.folded) ?? []), wait]);
  }
  return [...waits.values(), ...[...folded].flatMap(([row, those]) => mergeWaits(row, those))];
}

function mergeWaits(row: string, waits: readonly WaitPicture[]): readonly WaitPicture[] {
  const [first] = waits;
  if (!first) return [];
  return mergeIntervals(waits.map((wait) => ({ start: wait.x, end: wait.x + wait.width }))).map(({ start, end }) => ({
    ...first,
    key: `${row} ${start}`,
    x: start,
    width: end - start,
    title: 'waiting',
  }));
}
