// SPDX-License-Identifier: Apache-2.0
import type { PathHop } from './path';

/** The way between two stages; `hop` is null where nobody came by. */
export interface Link {
  readonly from: string;
  readonly to: string;
  readonly hop: PathHop | null;
}

/** Under this share of the path's time a hop is not worth a column of its own. */
const NEGLIGIBLE = 0.03;

/** A fold never reaches over these: here the message leaves one side of the platform for the next. */
const BORDERS: ReadonlySet<string> = new Set(['consumed', 'received']);

/** Neighbours of one side that cost next to nothing become one group; whoever holds something stuck or failed stands alone. */
export function foldHops(links: readonly Link[]): readonly (readonly Link[])[] {
  const whole = links.reduce((sum, link) => sum + linkCost(link), 0);
  const groups: Link[][] = [];
  let open: Link[] | null = null;
  for (const link of links) {
    if (!isNegligible(link, whole)) {
      groups.push([link]);
      open = null;
    } else if (open && !BORDERS.has(link.to)) {
      open.push(link);
    } else {
      open = [link];
      groups.push(open);
    }
  }
  return groups;
}

/** What a hop costs, for drawing: p99 of its wait plus p99 of its own work, in microseconds. */
export function hopCost(hop: PathHop): number {
  return hop.wait.p99Micros + hop.own.p99Micros;
}

export function linkCost({ hop }: Link): number {
  return hop ? hopCost(hop) : 0;
}

/** Who is merely in flight does not count: that changes from second to second, and the picture would with it. */
function isNegligible(link: Link, whole: number): boolean {
  const { hop } = link;
  if (!hop) return false;
  return linkCost(link) < whole * NEGLIGIBLE && hop.tailShare < NEGLIGIBLE && hop.stuck === 0 && hop.failed === 0;
}
