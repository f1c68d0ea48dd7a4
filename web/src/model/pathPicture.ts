// SPDX-License-Identifier: Apache-2.0
import { type Path, type PathHop, worstHop } from './path';
import { foldHops, hopCost, type Link, linkCost } from './pathFold';
import { lineOf } from './pathLine';

/** Where the path's picture puts things, in pixels from its left edge. */
export interface PathPicture {
  readonly columns: readonly ColumnPicture[];
  /** Width under which the words of the columns would collide. */
  readonly leastWidth: number;
  /** Hops beside the line; they are told in words below it. */
  readonly detours: readonly PathHop[];
}

/** One hop of the line, or neighbours that cost next to nothing, as one. */
export interface ColumnPicture {
  readonly links: readonly Link[];
  readonly width: number;
  /** Hatched first, solid after it, to one scale over the whole path. */
  readonly waitWidth: number;
  readonly workWidth: number;
  readonly worst: boolean;
}

const HOP_ROOM = 104;
const FOLD_ROOM = 176;
const LEAST_BAR = 2;
/** Left free right of a bar, so that it does not touch the next. */
const BAR_GAP = 6;

/**
 * Draws the line in columns. All bars of a path are to one scale, p99 of waiting plus
 * p99 of own work, and the longest takes what room there is; a column is never narrower
 * than its words, so the bar of a hop of microseconds is a sliver with a name.
 */
export function drawPath(path: Path, width: number): PathPicture {
  const line = layLine(path);
  const rooms = line.groups.map((group) => (group.length > 1 ? FOLD_ROOM : HOP_ROOM));
  const scale = findScale(line.costs, rooms, width);
  return {
    columns: line.groups.map((group, index) => column(group, path, scale, Math.max(rooms[index] ?? 0, (line.costs[index] ?? 0) * scale + BAR_GAP))),
    leastWidth: rooms.reduce((sum, room) => sum + room, 0),
    detours: line.detours,
  };
}

/** The same one below the other: the longest bar takes the width. */
export function stackPath(path: Path, width: number): PathPicture {
  const line = layLine(path);
  const scale = width / Math.max(1, ...line.costs);
  return { columns: line.groups.map((group) => column(group, path, scale, width)), leastWidth: width, detours: line.detours };
}

interface Line {
  readonly groups: readonly (readonly Link[])[];
  readonly costs: readonly number[];
  readonly detours: readonly PathHop[];
}

function layLine(path: Path): Line {
  const { stages, detours } = lineOf(path);
  const groups = foldHops(stages.slice(1).map((to, index) => linkOf(path, stages[index] ?? '', to)));
  return { groups, costs: groups.map((group) => Math.max(0, ...group.map(linkCost))), detours };
}

function column(links: readonly Link[], path: Path, scale: number, width: number): ColumnPicture {
  const worst = worstHop(path);
  return { links, width, ...splitBar(links, scale), worst: worst !== null && links.some(({ hop }) => hop === worst) };
}

function linkOf(path: Path, from: string, to: string): Link {
  return { from, to, hop: path.hops.find((hop) => hop.from === from && hop.to === to) ?? null };
}

/** Pixels a microsecond: columns whose bar is shorter than their words take their room, the rest share what is left. */
function findScale(costs: readonly number[], rooms: readonly number[], width: number): number {
  let long = costs.map((_, index) => index).filter((index) => (costs[index] ?? 0) > 0);
  for (;;) {
    const taken = rooms.reduce((sum, room, index) => sum + (long.includes(index) ? BAR_GAP : room), 0);
    const cost = long.reduce((sum, index) => sum + (costs[index] ?? 0), 0);
    const scale = cost === 0 ? 0 : Math.max(0, width - taken) / cost;
    const still = long.filter((index) => (costs[index] ?? 0) * scale + BAR_GAP > (rooms[index] ?? 0));
    if (still.length === long.length || still.length === 0) return scale;
    long = still;
  }
}

/** The bar of a column is that of its costliest hop. */
function splitBar(links: readonly Link[], scale: number): { waitWidth: number; workWidth: number } {
  const [costliest] = [...links].sort((a, b) => linkCost(b) - linkCost(a));
  const hop = costliest?.hop;
  if (!hop || hopCost(hop) === 0) return { waitWidth: 0, workWidth: 0 };
  const width = Math.max(LEAST_BAR, hopCost(hop) * scale);
  const waitWidth = (width * hop.wait.p99Micros) / hopCost(hop);
  return { waitWidth, workWidth: width - waitWidth };
}
