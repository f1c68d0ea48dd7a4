// SPDX-License-Identifier: Apache-2.0
export interface Quantiles {
  readonly count: number;
  readonly p50Micros: number;
  readonly p95Micros: number;
  readonly p99Micros: number;
  readonly maxMicros: number;
}

/** One hop of a path over a range: its quantiles, who is in it now, and what it costs the slow tail. */
export interface PathHop {
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly inFlight: number;
  readonly stuck: number;
  readonly failed: number;
  readonly wait: Quantiles;
  readonly work: Quantiles;
  /** The part of the work that no earlier stage covers; waits and own work are what a passage costs. */
  readonly own: Quantiles;
  /** Share (0 to 1) of the slow tail's time spent in this hop, and how much of that share was waiting. */
  readonly tailShare: number;
  readonly tailWaitShare: number;
}

/** What the settled deliveries of one kind were seen to do, whatever the range. */
export interface Learned {
  /** What begins them; empty when that is not known. */
  readonly name: string;
  readonly deliveries: number;
  /** What is usual is measured on these. */
  readonly good: number;
  readonly stages: readonly StageShare[];
  /** The usual stages in the order in which they are passed. */
  readonly order: readonly string[];
  /** Usual stages that some good deliveries went without. */
  readonly missing: readonly { readonly stage: string; readonly count: number }[];
}

export interface StageShare {
  readonly stage: string;
  /** Of the good deliveries, 0 to 1. */
  readonly share: number;
  readonly usual: boolean;
}

export interface Path {
  readonly name: string;
  readonly until: string;
  readonly deadlineMicros: number;
  readonly giveUpMicros: number;
  readonly match: readonly (readonly [string, string])[];
  readonly deliveries: number;
  readonly inFlight: number;
  readonly stuck: number;
  readonly stages: readonly string[];
  readonly latency: Quantiles;
  readonly hops: readonly PathHop[];
  /** The stages that the configuration names; null when it says nothing of this path. */
  readonly declaredStages: readonly string[] | null;
  readonly learned: readonly Learned[];
  /** Where the two disagree, in words. */
  readonly differences: readonly string[];
}

/** The name by which hops are filtered; the hop into the first stage has that stage's name alone. */
export function hopName(hop: { readonly from: string; readonly to: string }): string {
  return hop.from === '' ? hop.to : `${hop.from}-${hop.to}`;
}

/** The hop where the slow tail spends most of its time; none when the path has no tail yet. */
export function worstHop(path: Path): PathHop | null {
  let worst: PathHop | null = null;
  for (const hop of path.hops) {
    if (hop.tailShare > (worst?.tailShare ?? 0)) worst = hop;
  }
  return worst;
}
