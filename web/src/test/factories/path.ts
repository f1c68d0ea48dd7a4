// SPDX-License-Identifier: Apache-2.0
import type { Path, PathHop, Quantiles } from '../../model/path';

export function quantilesAt(p99Micros: number): Quantiles {
  return { count: 100, p50Micros: p99Micros / 4, p95Micros: p99Micros / 2, p99Micros, maxMicros: p99Micros * 2 };
}

export function aPathHop(from: string, to: string, overrides: Partial<PathHop> = {}): PathHop {
  return { from, to, count: 100, inFlight: 0, stuck: 0, failed: 0, wait: quantilesAt(1_000), work: quantilesAt(1_000), own: quantilesAt(1_000), tailShare: 0.1, tailWaitShare: 0.05, ...overrides };
}

export function aPath(overrides: Partial<Path> = {}): Path {
  return {
    name: 'chat',
    until: 'processed',
    deadlineMicros: 5_000_000,
    giveUpMicros: 600_000_000,
    match: [],
    deliveries: 100,
    inFlight: 0,
    stuck: 0,
    stages: ['accepted', 'published', 'processed'],
    latency: quantilesAt(10_000),
    hops: [aPathHop('accepted', 'published'), aPathHop('published', 'processed')],
    declaredStages: null,
    learned: [],
    differences: [],
    ...overrides,
  };
}
