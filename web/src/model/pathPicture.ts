// SPDX-License-Identifier: Apache-2.0
import { type Path, type PathHop, worstHop } from './path';
import { lineOf } from './pathLine';

/** Where the path's picture puts things, in pixels from its left edge. */
export interface PathPicture {
  readonly nodes: readonly NodePicture[];
  readonly hops: readonly HopPicture[];
  /** Hops beside the line; they are told in words below it. */
  readonly detours: readonly PathHop[];
}

/** A stage; the nameless one is the beginning, before the first. */
export interface NodePicture {
  readonly stage: string;
  readonly x: number;
}

export interface HopPicture {
  readonly from: string;
  readonly to: string;
  readonly hop: PathHop | null;
  readonly x: number;
  readonly width: number;
  /** Hatched first, solid after it; together they are the width. */
  readonly waitWidth: number;
  readonly workWidth: number;
  readonly worst: boolean;
  /** What its share of the width is worth: the square root of p99. */
  readonly weight: number;
}

/** Under this a hop has no room for the words below it. */
const LEAST_HOP_WIDTH = 92;
/** The last hop has the names of two stages above it. */
const LAST_HOP_EXTRA = 56;

/**
 * Draws the stages on one line. Every hop gets the least width; what is left is
 * shared by the square root of p99, so that a hop of seconds stands out and one of
 * microseconds can still be seen. Inside a hop, wait and work are true to scale.
 */
export function drawPath(path: Path, width: number): PathPicture {
  const { stages, detours } = lineOf(path);
  const links = stages.slice(1).map((to, index) => ({ from: stages[index] ?? '', to }));
  const hops = links.map(({ from, to }) => path.hops.find((hop) => hop.from === from && hop.to === to) ?? null);
  const extra = Math.min(LAST_HOP_EXTRA, width / 8);
  const least = Math.min(LEAST_HOP_WIDTH, (width - extra) / Math.max(1, links.length));
  const spare = Math.max(0, width - extra - least * links.length);
  const weights = hops.map((hop) => Math.sqrt(hop ? hopP99(hop) : 0));
  const weight = weights.reduce((sum, one) => sum + one, 0);
  const worst = worstHop(path);
  let x = 0;
  const pictures = links.map(({ from, to }, index): HopPicture => {
    const hop = hops[index] ?? null;
    const last = index === links.length - 1 ? extra : 0;
    const hopWidth = least + last + (weight === 0 ? spare / links.length : (spare * (weights[index] ?? 0)) / weight);
    const picture = { from, to, hop, x, width: hopWidth, ...splitWidth(hop, hopWidth), worst: hop !== null && hop === worst, weight: weights[index] ?? 0 };
    x += hopWidth;
    return picture;
  });
  return {
    nodes: stages.map((stage, index) => ({ stage, x: pictures[index]?.x ?? x })),
    hops: pictures,
    detours,
  };
}

/** A hop's p99 for drawing: of its wait plus of its work, in microseconds. */
export function hopP99(hop: PathHop): number {
  return hop.wait.p99Micros + hop.work.p99Micros;
}

function splitWidth(hop: PathHop | null, width: number): { waitWidth: number; workWidth: number } {
  const whole = hop ? hopP99(hop) : 0;
  if (!hop || whole === 0) return { waitWidth: 0, workWidth: 0 };
  const waitWidth = (width * hop.wait.p99Micros) / whole;
  return { waitWidth, workWidth: width - waitWidth };
}
