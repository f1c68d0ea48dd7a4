// SPDX-License-Identifier: Apache-2.0
import type { ArrowPicture, Spot } from './geometry';
import type { Journey } from './journey';

const HEAD = 4;
const HALF_BAR = 6;
const BEND = 4;

/**
 * One arrow for each join, from what came first to what followed it. Where a wait is
 * drawn between the two, the arrow only leads down to where the wait begins. Arrows
 * into a folded row are one.
 */
export function drawArrows(journey: Journey, spots: ReadonlyMap<number, Spot>): readonly ArrowPicture[] {
  const waited = new Set(journey.deliveries.flatMap((delivery) => delivery.hops.map((hop) => `${hop.fromStamp}-${hop.toStamp}`)));
  const offset = new Map(journey.stamps.map((stamp) => [stamp.index, stamp.offsetMicros]));
  const arrows = new Map<string, ArrowPicture>();
  for (const join of journey.joins) {
    const forward = (offset.get(join.fromStamp) ?? 0) < (offset.get(join.toStamp) ?? 0);
    const [cause, effect] = forward ? [join.fromStamp, join.toStamp] : [join.toStamp, join.fromStamp];
    const from = spots.get(cause);
    const to = spots.get(effect);
    if (!from || !to || Math.abs(from.y - to.y) < 1) continue;
    const key = `${from.folded || cause}-${to.folded || effect}`;
    if (arrows.has(key)) continue;
    arrows.set(key, { key, ...drawArrow(from, to, waited.has(`${cause}-${effect}`)), rule: join.rule, confidence: join.confidence });
  }
  return [...arrows.values()];
}

/** Out of the cause, along between the lanes, and down (or up) into the effect. */
function drawArrow(from: Spot, to: Spot, waits: boolean): { line: string; head: string } {
  const x = Math.min(from.right, Math.max(from.x, to.x));
  const down = to.y > from.y ? 1 : -1;
  const startY = from.y + down * HALF_BAR;
  const endY = to.y - down * HALF_BAR;
  const aside = waits || to.x - x < 2 * HEAD ? '' : `V${startY + down * BEND}H${to.x}`;
  const endX = aside === '' ? x : to.x;
  return {
    line: `M${x} ${startY}${aside}V${endY}`,
    head: `M${endX - HEAD} ${endY - down * HEAD * 1.4}L${endX} ${endY}L${endX + HEAD} ${endY - down * HEAD * 1.4}`,
  };
}
