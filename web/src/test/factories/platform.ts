// SPDX-License-Identifier: Apache-2.0
import type { DeliveryWire } from '../../api/deliveries';
import { aDelivery, after, aHop } from './delivery';
import { pick, seededRandom, spread } from './random';

/** One made-up path: its stages with what each hop usually costs, in microseconds. */
export interface PathPlan {
  readonly name: string;
  readonly until: string;
  readonly channel: string;
  readonly service: string;
  readonly route: string;
  readonly share: number;
  readonly stages: readonly string[];
  readonly costs: readonly (readonly [wait: number, work: number])[];
  readonly destinations: readonly [string, ...string[]];
  readonly verdict: string;
  readonly reason: string;
}

const CHAT: PathPlan = {
  name: 'chat', until: 'rendered', channel: 'websocket', service: 'gateway', route: '/v1/messages', share: 0.78,
  stages: ['accepted', 'published', 'processed', 'delivered', 'received', 'rendered'],
  costs: [[20, 900], [12_000, 31_000], [900, 4_000], [18_000, 1_200], [46_000, 14_000]],
  destinations: ['ws-gateway'], verdict: 'rendered', reason: 'Rendered',
};

export const PLANS: readonly PathPlan[] = [
  CHAT,
  {
    name: 'orders', until: 'auto', channel: 'webhook', service: 'gateway', route: '/v1/orders', share: 0.16,
    stages: ['accepted', 'published', 'processed', 'invoked'],
    costs: [[30, 1_400], [22_000, 9_000], [700, 240_000]],
    destinations: ['billing', 'crm', 'shipping', 'warehouse-eu'], verdict: 'processed', reason: 'Processed',
  },
  {
    name: 'push', until: 'auto', channel: 'push', service: 'notifier', route: '/v1/notify', share: 0.06,
    stages: ['accepted', 'published', 'processed', 'invoked'],
    costs: [[25, 800], [5_000, 3_000], [2_000, 88_000]],
    destinations: ['apns', 'fcm'], verdict: 'sent', reason: 'Sent',
  },
];

const TENANTS: readonly [string, ...string[]] = ['acme', 'globex', 'initech', 'umbrella', 'hooli', 'stark', 'wayne', 'tyrell', 'cyberdyne', 'wonka', 'soylent'];
const DEADLINE = 5_000_000;

/** Deliveries of a platform with an ordinary bad quarter of an hour, newest first. `now` in milliseconds. */
export function makeDeliveries(count: number, now: number, seconds: number, seed = 7): readonly DeliveryWire[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, index) => {
    const age = ((index + random()) / count) * seconds;
    return makeDelivery(random, now - age * 1000, age, count - index, now);
  });
}

function makeDelivery(random: () => number, start: number, age: number, serial: number, now: number): DeliveryWire {
  const plan = choosePlan(random());
  const tenant = TENANTS[Math.floor(random() ** 2 * TENANTS.length)] ?? 'acme';
  const destination = pick(random, plan.destinations);
  const key = `m-${(serial * 2_654_435_761 % 4_294_967_296).toString(16).padStart(8, '0')}`;
  const started = new Date(start).toISOString().replace('Z', `${String(serial % 1000).padStart(3, '0')}Z`);
  const slow = plan.name === 'chat' && random() < 0.03 ? 60 : 1;
  const passed = plan.costs.map(([wait, work], place) =>
    aHop(plan.stages[place] ?? '', plan.stages[place + 1] ?? '', spread(random, wait) * (place === plan.costs.length - 1 ? slow : 1), spread(random, work)),
  );
  const hops = [aHop('', plan.stages[0] ?? '', 0, 4_000), ...passed];
  const latency = hops.reduce((sum, hop) => sum + hop.wait_us + hop.own_us, 0);
  const slowest = hops.reduce((most, hop) => (hop.wait_us + hop.own_us > most.wait_us + most.own_us ? hop : most), hops[0] ?? aHop('', '', 0, 0));
  const done = after(started, latency);
  const base = aDelivery({
    id: `${key}/${plan.name === 'chat' ? `u-${serial % 400}` : destination}`, key, path: plan.name, tenant, channel: plan.channel, destination,
    recipient: plan.name === 'chat' ? `u-${serial % 400}` : '', device: plan.name === 'chat' ? pick(random, ['ios', 'android', 'web']) : '',
    verdict: plan.verdict, reason: plan.reason, started, fulfilled: done, updated: done, latency_us: latency,
    timeliness: latency > DEADLINE ? 'late' : 'in_time', slowest_hop: `${slowest.from}-${slowest.to}`, hops,
  });
  return { ...base, ...misfortune(base, random(), age, now) };
}

/** What went differently: a destination that rejects, a consumer that was away for two minutes, a message just begun. */
function misfortune(base: DeliveryWire, chance: number, age: number, now: number): Partial<DeliveryWire> {
  const open = { timeliness: '', fulfilled: '', latency_us: 0, updated: new Date(now).toISOString() };
  if (base.destination === 'crm' && age < 420 && chance < 0.5) {
    return { ...open, verdict: 'failed', reason: 'RejectedByDestination', hop: 'processed-invoked', retries: 3 };
  }
  if (base.path === 'chat' && age > 60 && age < 180 && chance < 0.012) {
    return { ...open, verdict: 'stuck', reason: 'StuckAtConsume', hop: 'published-consumed', hops: base.hops?.slice(0, 2) ?? [] };
  }
  if (age * 1_000_000 < base.latency_us) return { ...open, verdict: 'pending', reason: 'Waiting', hop: base.slowest_hop ?? '' };
  if (chance > 0.9985) return { ...open, verdict: 'suppressed', reason: 'Suppressed', hop: '' };
  if (chance > 0.9975) return { ...open, verdict: 'failed', reason: 'DestinationTimedOut', hop: 'processed-delivered', retries: 1 };
  return {};
}

function choosePlan(chance: number): PathPlan {
  let reached = 0;
  const chosen = PLANS.find((plan) => {
    reached += plan.share;
    return chance < reached;
  });
  return chosen ?? CHAT;
}
