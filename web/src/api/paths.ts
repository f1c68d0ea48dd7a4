// SPDX-License-Identifier: Apache-2.0
import { queryOptions } from '@tanstack/react-query';
import { EVERYTHING, type Filter, filterToQuery } from '../model/filter';
import type { Learned, Path, PathHop, Quantiles, StageShare } from '../model/path';
import { request } from './request';

interface QuantilesWire {
  readonly count: number;
  readonly p50_us: number;
  readonly p95_us: number;
  readonly p99_us: number;
  readonly max_us: number;
}

interface PathHopWire {
  readonly from: string;
  readonly to: string;
  readonly count: number;
  readonly in_flight: number;
  readonly stuck: number;
  readonly failed: number;
  readonly wait: QuantilesWire;
  readonly work: QuantilesWire;
  readonly own: QuantilesWire;
  readonly tail_share: number;
  readonly tail_wait_share: number;
}

export interface LearnedWire {
  readonly name: string;
  readonly deliveries: number;
  readonly good: number;
  readonly stages: readonly StageShare[] | null;
  readonly order: readonly string[] | null;
  readonly missing: readonly { readonly stage: string; readonly count: number }[] | null;
}

interface PathWire {
  readonly name: string;
  readonly until: string;
  readonly deadline_us: number;
  readonly give_up_us: number;
  readonly match?: Readonly<Record<string, string>> | null;
  readonly deliveries: number;
  readonly in_flight: number;
  readonly stuck: number;
  readonly stages: readonly string[] | null;
  readonly latency: QuantilesWire;
  readonly hops: readonly PathHopWire[] | null;
  readonly declared?: { readonly stages: readonly string[] | null } | null;
  readonly learned?: readonly LearnedWire[] | null;
  readonly differences?: readonly string[] | null;
}

interface PathsWire {
  readonly items: readonly PathWire[] | null;
}

export const pathsKey = ['paths'] as const;

/** All paths over the filter's time; the call knows no other filter. */
export function pathsQuery(filter: Filter) {
  const query = filterToQuery({ ...EVERYTHING, range: filter.range, since: filter.since, until: filter.until });
  return queryOptions({
    queryKey: [...pathsKey, query.toString()],
    queryFn: async ({ signal }) => ((await request<PathsWire>('/paths', query, signal)).items ?? []).map(toPath),
  });
}

function toPath(wire: PathWire): Path {
  return {
    name: wire.name,
    until: wire.until,
    deadlineMicros: wire.deadline_us,
    giveUpMicros: wire.give_up_us,
    match: Object.entries(wire.match ?? {}).filter(([, value]) => value !== ''),
    deliveries: wire.deliveries,
    inFlight: wire.in_flight,
    stuck: wire.stuck,
    stages: wire.stages ?? [],
    latency: toQuantiles(wire.latency),
    hops: (wire.hops ?? []).map(toHop),
    declaredStages: wire.declared ? (wire.declared.stages ?? []) : null,
    learned: (wire.learned ?? []).map(toLearned),
    differences: wire.differences ?? [],
  };
}

function toLearned(wire: LearnedWire): Learned {
  return { ...wire, stages: wire.stages ?? [], order: wire.order ?? [], missing: wire.missing ?? [] };
}

function toHop(wire: PathHopWire): PathHop {
  return {
    from: wire.from,
    to: wire.to,
    count: wire.count,
    inFlight: wire.in_flight,
    stuck: wire.stuck,
    failed: wire.failed,
    wait: toQuantiles(wire.wait),
    work: toQuantiles(wire.work),
    own: toQuantiles(wire.own),
    tailShare: wire.tail_share,
    tailWaitShare: wire.tail_wait_share,
  };
}

function toQuantiles(wire: QuantilesWire): Quantiles {
  return {
    count: wire.count,
    p50Micros: wire.p50_us,
    p95Micros: wire.p95_us,
    p99Micros: wire.p99_us,
    maxMicros: wire.max_us,
  };
}
