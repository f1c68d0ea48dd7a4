// SPDX-License-Identifier: Apache-2.0
import type { Path, PathHop } from './path';

/** A path as most deliveries go it, and the other ways. */
export interface PathLine {
  /** Stages in order; the nameless one is the beginning, where work before the first hop belongs. */
  readonly stages: readonly string[];
  readonly detours: readonly PathHop[];
}

/**
 * From each stage the line follows the hop that most deliveries took, and only
 * forward. Stages that are declared beyond the last one reached stay on it: that
 * nobody came so far is worth seeing.
 */
export function lineOf(path: Path): PathLine {
  const order = ['', ...path.stages];
  const place = (stage: string) => order.indexOf(stage);
  const onward = (from: string) =>
    path.hops
      .filter((hop) => hop.from === from && hop.count > 0 && place(hop.to) > place(from))
      .reduce<PathHop | null>((most, hop) => (most === null || hop.count > most.count ? hop : most), null);

  const start = onward('') ? '' : path.stages[0];
  if (start === undefined) return { stages: [], detours: path.hops };
  const stages = [start];
  for (let hop = onward(start); hop !== null; hop = onward(hop.to)) stages.push(hop.to);
  stages.push(...order.slice(place(stages.at(-1) ?? '') + 1));

  const onLine = new Set(stages.slice(1).map((to, index) => `${stages[index]}-${to}`));
  const detours = path.hops.filter((hop) => !onLine.has(`${hop.from}-${hop.to}`));
  return { stages, detours: detours.sort((a, b) => attention(b) - attention(a) || b.count - a.count) };
}

/** How much a hop beside the line asks to be looked at: who is lost in it, then its part of the tail. */
function attention(hop: PathHop): number {
  return hop.stuck + hop.failed + hop.inFlight + hop.tailShare;
}
