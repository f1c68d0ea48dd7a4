// SPDX-License-Identifier: Apache-2.0
import type { DeliveryWire } from '../../api/deliveries';
import type { MessageWire } from '../../api/messages';
import type { SourceClockWire } from '../../api/clocks';
import { learnedOf } from './learned';
import { spansFrom } from './spans';
import { type PathPlan, PLANS } from './platform';

/** What the made-up server holds. Its answers are computed from it, so that every count opens as as many rows. */
export interface World {
  readonly now: number;
  readonly deliveries: readonly DeliveryWire[];
  readonly messages: ReadonlyMap<string, MessageWire>;
  readonly clocks: readonly SourceClockWire[];
}

export interface Answer {
  readonly status: number;
  readonly body: object;
}

const DIMENSIONS = ['path', 'tenant', 'channel', 'destination', 'provider', 'region', 'device', 'verdict', 'reason', 'hop', 'timeliness'] as const;
const ON_THE_WAY = new Set(['pending', 'stuck']);
type Dimension = (typeof DIMENSIONS)[number];

/** Answers one call of the documented interface. */
export function answer(world: World, address: URL): Answer {
  const path = address.pathname.replace('/api/v1', '');
  if (path === '/ledger') return { status: 200, body: ledger(world, address.searchParams) };
  if (path === '/deliveries') return { status: 200, body: list(world, address.searchParams) };
  if (path === '/paths') return { status: 200, body: { items: PLANS.map((plan) => pathOf(plan, world, address.searchParams)).filter((one) => one.deliveries > 0), next: '' } };
  if (path === '/status') return { status: 200, body: status(world) };
  if (path === '/clocks') return { status: 200, body: { items: world.clocks, next: '' } };
  const spansOf = /^\/messages\/(.+)\/spans$/.exec(path)?.[1];
  if (spansOf !== undefined) return { status: 200, body: { items: spansFrom(world.messages.get(decodeURIComponent(spansOf))), next: '' } };
  const message = path.startsWith('/messages/') ? world.messages.get(decodeURIComponent(path.slice('/messages/'.length))) : undefined;
  if (message) return { status: 200, body: message };
  return { status: 404, body: { title: 'Not Found', status: 404, detail: 'Nothing is known by this id in the last 7 days.' } };
}

function ledger(world: World, query: URLSearchParams): object {
  const by = (query.get('by') ?? '').split(',');
  const { since, until } = windowOf(world, query);
  const counts = new Map<string, number>();
  const estimated = new Set<string>();
  const matching = select(world, query);
  for (const delivery of matching) {
    const key = JSON.stringify(by.map((dimension) => valueOf(delivery, dimension)));
    counts.set(key, (counts.get(key) ?? 0) + 1);
    if (delivery.estimated || delivery.verdict === 'unverifiable') estimated.add(key);
  }
  const rows = [...counts].map(([key, count]) => {
    const values: string[] = JSON.parse(key);
    return { ...Object.fromEntries(by.map((dimension, index) => [dimension, values[index]])), count, ...(estimated.has(key) && { estimated: true }) };
  });
  return { by, since: new Date(since).toISOString(), until: new Date(until).toISOString(), rows, total: matching.length, exact: estimated.size === 0, position: 4711 };
}

function list(world: World, query: URLSearchParams): object {
  const limit = Number(query.get('limit') ?? 50);
  const from = Number(query.get('cursor') ?? 0);
  const matching = select(world, query);
  return { items: matching.slice(from, from + limit), next: from + limit < matching.length ? String(from + limit) : '' };
}

function pathOf(plan: PathPlan, world: World, query: URLSearchParams) {
  const own = select(world, query).filter((delivery) => delivery.path === plan.name);
  const done = own.filter((delivery) => delivery.latency_us > 0);
  const tail = [...done].sort((a, b) => b.latency_us - a.latency_us).slice(0, Math.ceil(done.length * 0.05));
  const tailTime = tail.reduce((sum, delivery) => sum + delivery.latency_us, 0);
  const hops = plan.stages.map((to, place) => {
    const from = plan.stages[place - 1] ?? '';
    const at = (deliveries: readonly DeliveryWire[]) => deliveries.flatMap((delivery) => (delivery.hops ?? []).filter((hop) => hop.from === from && hop.to === to));
    const sum = (values: readonly number[]) => values.reduce((whole, value) => whole + value, 0);
    const [waits, works, owns] = [at(done).map((hop) => hop.wait_us), at(done).map((hop) => hop.work_us), at(done).map((hop) => hop.own_us)];
    const tailWait = sum(at(tail).map((hop) => hop.wait_us));
    return {
      from, to, count: waits.length,
      in_flight: own.filter((delivery) => ON_THE_WAY.has(delivery.verdict) && delivery.hop === `${from}-${to}`).length,
      stuck: own.filter((delivery) => delivery.verdict === 'stuck' && delivery.hop === `${from}-${to}`).length,
      failed: own.filter((delivery) => delivery.verdict === 'failed' && delivery.hop === `${from}-${to}`).length,
      wait: quantiles(waits), work: quantiles(works), own: quantiles(owns),
      tail_share: tailTime === 0 ? 0 : (tailWait + sum(at(tail).map((hop) => hop.own_us))) / tailTime,
      tail_wait_share: tailTime === 0 ? 0 : tailWait / tailTime,
    };
  });
  return {
    name: plan.name, until: plan.until, deadline_us: 5_000_000, give_up_us: 600_000_000, match: { service: plan.service, route: plan.route },
    deliveries: own.length, in_flight: own.filter((delivery) => ON_THE_WAY.has(delivery.verdict)).length, stuck: own.filter((delivery) => delivery.verdict === 'stuck').length,
    stages: plan.stages, latency: quantiles(done.map((delivery) => delivery.latency_us)), hops,
    ...learnedOf(plan, done.length),
  };
}

function status(world: World): object {
  return {
    version: '0.1.0', started: new Date(world.now - 3_600_000).toISOString(), data_dir: './hopstamp-data', otlp_grpc: '127.0.0.1:4317', otlp_http: '127.0.0.1:4318',
    log: { first: 1, last: world.deliveries.length, bytes: world.deliveries.length * 900 }, log_time: new Date(world.now).toISOString(), sources: [], demo: false,
  };
}

function select(world: World, query: URLSearchParams): readonly DeliveryWire[] {
  const { since, until } = windowOf(world, query);
  const wanted = DIMENSIONS.flatMap((dimension): [Dimension, Set<string>][] => {
    const values = query.getAll(dimension).flatMap((value) => value.split(',')).map((value) => (value === 'none' ? '' : value));
    return values.length === 0 ? [] : [[dimension, new Set(values)]];
  });
  const id = query.get('q') ?? '';
  const slower = Number(/^(\d+)us$/.exec(query.get('slower_than') ?? '')?.[1] ?? -1);
  return world.deliveries.filter((delivery) => {
    const time = Date.parse(delivery.started);
    const known = id === '' || delivery.id === id || delivery.key === id;
    return known && delivery.latency_us > slower && time >= since && time < until && wanted.every(([dimension, values]) => values.has(delivery[dimension] ?? ''));
  });
}

function windowOf(world: World, query: URLSearchParams): { since: number; until: number } {
  return { since: timeOf(query.get('since') ?? '1h', world.now), until: query.has('until') ? timeOf(query.get('until') ?? '', world.now) : world.now };
}

function timeOf(text: string, now: number): number {
  const duration = /^(\d+)([smhd])$/.exec(text);
  if (!duration) return Date.parse(text);
  const seconds = { s: 1, m: 60, h: 3600, d: 86_400 }[duration[2] ?? 's'] ?? 1;
  // Rounded down to the whole minute, so that all calls mean the same deliveries.
  return Math.floor((now - Number(duration[1]) * seconds * 1000) / 60_000) * 60_000;
}

function minuteOf(delivery: DeliveryWire): string {
  return new Date(Math.floor(Date.parse(delivery.started) / 60_000) * 60_000).toISOString();
}

function quantiles(values: readonly number[]) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { count: sorted.length, p50_us: at(0.5), p95_us: at(0.95), p99_us: at(0.99), max_us: sorted.at(-1) ?? 0 };
}

function valueOf(delivery: DeliveryWire, name: string): string {
  const dimension = DIMENSIONS.find((candidate) => candidate === name);
  return dimension ? (delivery[dimension] ?? '') : minuteOf(delivery);
}
