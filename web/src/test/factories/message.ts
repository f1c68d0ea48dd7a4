// SPDX-License-Identifier: Apache-2.0
import type { DeliveryWire, HopWire } from '../../api/deliveries';
import type { JoinWire, MessageWire, StampWire } from '../../api/messages';
import { aDelivery, after, STARTED } from './delivery';

/** Builds a message stamp by stamp, so that offsets, times and ids agree. */
export class MessageBuilder {
  readonly stamps: StampWire[] = [];
  readonly joins: JoinWire[] = [];
  readonly deliveries: DeliveryWire[] = [];

  constructor(
    readonly key: string,
    readonly started: string = STARTED,
  ) {}

  /** Adds a stamp that follows `cause` (a stamp index) and answers its index. */
  stamp(service: string, stage: string, offset: number, work: number, more: Partial<StampWire> & { cause?: number; rule?: string; confidence?: string } = {}): number {
    const { cause, rule = 'parent', confidence = 'certain', ...overrides } = more;
    const index = this.stamps.length;
    const parent = cause === undefined || rule !== 'parent' ? '' : (this.stamps[cause]?.span_id ?? '');
    this.stamps.push({
      index,
      stage,
      service,
      name: `${stage || 'step'} ${service}`,
      kind: 'internal',
      trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
      span_id: (0xf067aa0b00000000n + BigInt(index)).toString(16).padStart(16, '0'),
      parent_span_id: parent,
      start: after(this.started, offset),
      end: after(this.started, offset + work),
      offset_us: offset,
      work_us: work,
      error: false,
      category: '',
      detail: '',
      recipient: '',
      destination: '',
      attempt: 0,
      position: 4711 + index,
      ...overrides,
    });
    if (cause !== undefined) this.joins.push({ rule, confidence, from_stamp: index, to_stamp: cause });
    return index;
  }

  /** Adds a delivery whose hops run along the given stamps. */
  delivery(id: string, stamps: readonly number[], overrides: Partial<DeliveryWire> = {}): void {
    const hops = this.hopsAlong(stamps);
    const last = this.stamps[stamps.at(-1) ?? 0];
    const latency = (last?.offset_us ?? 0) + (last?.work_us ?? 0);
    this.deliveries.push(
      aDelivery({ id: `${this.key}/${id}`, key: this.key, recipient: id, started: this.started, hops, latency_us: latency, fulfilled: after(this.started, latency), updated: after(this.started, latency), ...overrides }),
    );
  }

  /** The first hop comes from nowhere; a process span is consumed when it begins and processed when it ends. */
  private hopsAlong(stamps: readonly number[]): readonly HopWire[] {
    let covered = 0;
    let before: StampWire | undefined;
    return stamps.flatMap((to): HopWire[] => {
      const stamp = this.stamps[to];
      if (!stamp) return [];
      const end = stamp.offset_us + stamp.work_us;
      const wait = before ? Math.max(0, stamp.offset_us - before.offset_us - before.work_us) : 0;
      const own = Math.max(0, end - Math.max(covered, stamp.offset_us));
      const from = before ? { from: before.stage ?? '', from_stamp: before.index } : { from: '' };
      covered = Math.max(covered, end);
      before = stamp;
      const hop = { ...from, to: stamp.stage ?? '', wait_us: wait, work_us: stamp.work_us, own_us: own, to_stamp: to };
      if (stamp.stage !== 'processed') return [hop];
      return [
        { ...hop, to: 'consumed', work_us: 0, own_us: 0 },
        { ...hop, from: 'consumed', from_stamp: to, wait_us: 0 },
      ];
    });
  }

  build(overrides: Partial<MessageWire> = {}): MessageWire {
    return {
      key: this.key,
      path: 'chat',
      traces: ['4bf92f3577b34da6a3ce929d0e0e4736'],
      message_id: this.key.slice(2),
      conversation_id: '',
      started: this.started,
      deadline_us: 5_000_000,
      give_up_us: 600_000_000,
      until: 'rendered',
      now: after(this.started, 6_200_000),
      deliveries: this.deliveries,
      stamps: this.stamps,
      joins: this.joins,
      complete: true,
      sentence: 'Rendered for u-17 184 ms after it was accepted, in time (deadline 5 s); 61 % of the time was waiting between delivered and rendered.',
      ...overrides,
    };
  }
}

/** One chat message to one recipient, rendered in time. */
export function aRenderedMessage(key = 'm-7f3a', started = STARTED): MessageWire {
  const message = new MessageBuilder(key, started);
  const accepted = message.stamp('gateway', 'accepted', 0, 4_000, { kind: 'server', name: 'POST /v1/messages' });
  const published = message.stamp('gateway', 'published', 2_900, 900, { kind: 'producer', name: 'send chat', cause: accepted });
  const processed = message.stamp('router', 'processed', 16_000, 31_000, { kind: 'consumer', name: 'process chat', cause: published, rule: 'link' });
  message.stamp('router', '', 18_000, 9_000, { kind: 'client', name: 'SELECT members', cause: processed });
  const delivered = message.stamp('ws-gateway', 'delivered', 51_000, 6_000, { name: 'push to socket', cause: processed, recipient: 'u-17' });
  const rendered = message.stamp('app-ios', 'rendered', 164_000, 20_000, { name: 'render bubble', cause: delivered, rule: 'link', recipient: 'u-17' });
  message.delivery('u-17', [accepted, published, processed, delivered, rendered]);
  return message.build();
}

/** A message that nobody consumed: stuck, its deadline passed. */
export function aStuckMessage(key = 'm-stuck', started = STARTED): MessageWire {
  const message = new MessageBuilder(key, started);
  const accepted = message.stamp('gateway', 'accepted', 0, 4_000, { kind: 'server', name: 'POST /v1/messages' });
  const published = message.stamp('gateway', 'published', 2_900, 900, { kind: 'producer', name: 'send chat', cause: accepted });
  message.delivery('u-9', [accepted, published], {
    verdict: 'stuck',
    reason: 'StuckAtConsume',
    hop: 'published-consumed',
    timeliness: '',
    latency_us: 0,
    fulfilled: '',
    slowest_hop: 'published-consumed',
    updated: after(started, 5_000_000),
  });
  return message.build({
    now: after(started, 48_000_000),
    sentence: 'Stuck for u-9 since 48 s: it was published and nobody has consumed it (deadline 5 s).',
  });
}

/** A webhook that the destination turned away twice before it took it, late. */
export function aRetriedMessage(key = 'm-retry', started = STARTED): MessageWire {
  const message = new MessageBuilder(key, started);
  const accepted = message.stamp('gateway', 'accepted', 0, 6_000, { kind: 'server', name: 'POST /v1/orders' });
  const published = message.stamp('gateway', 'published', 4_000, 1_200, { kind: 'producer', name: 'send orders', cause: accepted });
  const processed = message.stamp('connector', 'processed', 21_000, 7_400_000, { kind: 'consumer', name: 'process orders', cause: published, rule: 'link' });
  const fault = { kind: 'client', name: 'POST crm.example/hook', cause: processed, destination: 'crm', error: true, category: 'rejection', detail: '503 Service Unavailable' };
  message.stamp('connector', 'invoked', 40_000, 310_000, fault);
  message.stamp('connector', 'invoked', 2_360_000, 290_000, { ...fault, attempt: 1 });
  const invoked = message.stamp('connector', 'invoked', 6_700_000, 640_000, { ...fault, error: false, category: '', detail: '', attempt: 2 });
  message.delivery('crm', [accepted, published, processed, invoked], {
    path: 'orders', channel: 'webhook', destination: 'crm', verdict: 'processed', reason: 'Processed', timeliness: 'late', retries: 2, slowest_hop: 'consumed-processed', recipient: '',
  });
  return message.build({
    path: 'orders',
    until: 'auto',
    now: after(started, 30_000_000),
    sentence: 'Processed for crm 7.34 s after it was accepted, late (deadline 5 s), at the third try: crm answered 503 twice.',
  });
}

/** A message to a whole room: many recipients, the last few of whom never rendered it. */
export function aFanOutMessage(key = 'm-room', started = STARTED, recipients = 200): MessageWire {
  const message = new MessageBuilder(key, started);
  const accepted = message.stamp('gateway', 'accepted', 0, 5_000, { kind: 'server', name: 'POST /v1/messages' });
  const published = message.stamp('gateway', 'published', 3_000, 1_000, { kind: 'producer', name: 'send chat', cause: accepted });
  const processed = message.stamp('router', 'processed', 18_000, 40_000, { kind: 'consumer', name: 'fan out', cause: published, rule: 'link' });
  for (let person = 0; person < recipients; person += 1) {
    const name = `u-${String(person + 1).padStart(3, '0')}`;
    const start = 60_000 + person * 900;
    const delivered = message.stamp('ws-gateway', 'delivered', start, 3_000, { name: 'push to socket', cause: processed, recipient: name });
    if (person >= recipients - 3) {
      message.delivery(name, [accepted, published, processed, delivered], { verdict: 'pending', reason: 'Waiting', hop: 'delivered-rendered', timeliness: '', latency_us: 0, fulfilled: '' });
      continue;
    }
    const rendered = message.stamp('app-ios', 'rendered', start + 40_000 + ((person * 7919) % 90) * 1_000, 16_000, { name: 'render bubble', cause: delivered, rule: 'link', recipient: name });
    message.delivery(name, [accepted, published, processed, delivered, rendered]);
  }
  return message.build({
    now: after(started, 1_300_000),
    sentence: 'Rendered for 197 of 200 recipients within 393 ms, in time; 3 are on the way at delivered → rendered for 1.06 s.',
  });
}

/** An order out of a batch, joined by what little it carries, between hosts whose clocks differ; a stage that is usual is missing. */
export function aBatchedMessage(key = 'm-batch', started = STARTED): MessageWire {
  const message = new MessageBuilder(key, started);
  const accepted = message.stamp('gateway', 'accepted', 0, 5_000, { kind: 'server', name: 'POST /v1/orders', host: 'node-7' });
  const published = message.stamp('gateway', 'published', 3_200, 1_100, { kind: 'producer', name: 'send orders', cause: accepted, host: 'node-7' });
  const processed = message.stamp('connector', 'processed', 5_050_000, 61_000, { kind: 'consumer', name: 'process orders', cause: published, rule: 'message_id', confidence: 'probable', shared: 14, host: 'node-9' });
  const invoked = message.stamp('connector', 'invoked', 5_118_000, 240_000, { kind: 'client', name: 'POST crm.example/hook', cause: processed, destination: 'crm', host: 'node-9' });
  message.stamp('crm', 'acknowledged', 420_000, 2_000, { kind: 'consumer', name: 'process order.accepted', cause: invoked, rule: 'conversation_id', confidence: 'weak', host: 'node-12' });
  message.delivery('crm', [accepted, published, processed, invoked], {
    path: 'orders', channel: 'webhook', destination: 'crm', verdict: 'processed', reason: 'Processed', slowest_hop: 'processed-invoked', recipient: '',
    kept: 'slow: 358 ms, p99 of orders is 311 ms', missing: ['enriched'],
  });
  // The server has set the clock of node-9 right: the wait is the likeliest one, the latency what is left.
  const hops = message.deliveries[0]?.hops?.map((hop) => (hop.to === 'consumed' ? { ...hop, wait_us: 45_700, wait: { low_us: 40_000, high_us: 52_000 } } : hop)) ?? [];
  return message.build({
    path: 'orders',
    until: 'auto',
    now: after(started, 30_000_000),
    deliveries: message.deliveries.map((delivery) => ({ ...delivery, hops, latency_us: 358_000, fulfilled: after(started, 358_000), updated: after(started, 358_000) })),
    clocks: [
      { host: 'node-9', offset_us: -5_000_000, bound_us: 6_000, suspect: false },
      { host: 'node-12', offset_us: 0, bound_us: 0, suspect: true },
    ],
    sentence: 'Processed for crm 358 ms after it was accepted, in time (deadline 5 s); 67 % of the time was working at invoked.',
  });
}

/** A message that nobody can tell the end of: its traces were sampled before they came. */
export function anUnverifiableMessage(key = 'm-unsure', started = STARTED): MessageWire {
  const message = new MessageBuilder(key, started);
  const accepted = message.stamp('gateway', 'accepted', 0, 4_000, { kind: 'server', name: 'POST /v1/messages' });
  const published = message.stamp('gateway', 'published', 2_900, 900, { kind: 'producer', name: 'send chat', cause: accepted });
  message.delivery('u-31', [accepted, published], {
    verdict: 'unverifiable', reason: 'UpstreamSampled', hop: 'published-consumed', timeliness: '', latency_us: 0, fulfilled: '',
    slowest_hop: 'published-consumed', updated: after(started, 60_000_000), estimated: true, kept: 'unverifiable: UpstreamSampled',
  });
  return message.build({
    now: after(started, 70_000_000),
    sentence: 'Unverifiable for u-31: not past published as far as was seen, but its traces were sampled before they came here, so the rest may have been left out.',
  });
}
