// SPDX-License-Identifier: Apache-2.0
import { type Delivery, deliveryName, wasGivenUp } from '../delivery';
import { parseMicros } from '../instant';
import { formatCount } from '../number';
import { stateOf, verdictWords } from '../verdict';
import { type Journey, nowOffset, type Stamp, stampEnd, worstFirst } from './journey';

/** One lane per service, in the order in which the message reached them. */
export interface Lane {
  readonly service: string;
  readonly rows: readonly Row[];
}

/**
 * What stands on one line of a lane: the stamps that all deliveries share, those of
 * one delivery, or those of all the deliveries that are folded away.
 */
export interface Row {
  readonly key: string;
  readonly label: string;
  readonly deliveries: readonly Delivery[];
  readonly stamps: readonly Stamp[];
  readonly folded: boolean;
}

/** A hop that deliveries did not get past: they wait for a stage that nobody has seen. */
export interface Missing {
  readonly stage: string;
  readonly hop: string;
  readonly since: number;
  readonly deliveries: readonly Delivery[];
}

export interface LaneChoice {
  /** Delivery that must be seen in any case; empty for none. */
  readonly selected: string;
  readonly unfolded: boolean;
}

/** More deliveries than this fold: the worst few are shown, the rest is one row. */
const MOST_SHOWN = 6;
const SHOWN_OF_MANY = 3;

export function buildLanes(journey: Journey, choice: LaneChoice): readonly Lane[] {
  const owners = findOwners(journey);
  const shown = new Set(chooseShown(journey, choice));
  const services = new Map<string, Map<string, Stamp[]>>();
  for (const stamp of byStart(journey.stamps)) {
    const rows = services.get(stamp.service) ?? new Map<string, Stamp[]>();
    const key = rowKey(owners.get(stamp.index), shown);
    rows.set(key, [...(rows.get(key) ?? []), stamp]);
    services.set(stamp.service, rows);
  }
  return [...services].map(([service, rows]) => ({
    service,
    rows: [...rows].sort(([a], [b]) => rowRank(a, shown) - rowRank(b, shown)).map(([key, stamps]) => toRow(service, key, stamps, journey, shown)),
  }));
}

/** The hops that deliveries stopped at, with the moment from which they wait. */
export function findMissing(journey: Journey): readonly Missing[] {
  const owners = findOwners(journey);
  const missing = new Map<string, Missing>();
  for (const delivery of journey.deliveries) {
    const open = stateOf(delivery.verdict) === 'waiting' || wasGivenUp(delivery);
    if (!open) continue;
    const key = `${delivery.hop} ${delivery.verdict}`;
    const since = lastSeen(journey, delivery, owners);
    const group = missing.get(key);
    missing.set(key, {
      stage: delivery.hop.split('-')[1] ?? journey.until,
      hop: delivery.hop,
      since: Math.max(since, group?.since ?? 0),
      deliveries: [...(group?.deliveries ?? []), delivery],
    });
  }
  return [...missing.values()];
}

/** An open wait lasts until now, or until the verdict that gave it up. Microseconds after the message began. */
export function openEnd(missing: Missing, journey: Journey): number {
  const [first] = missing.deliveries;
  if (!first || stateOf(first.verdict) === 'waiting') return nowOffset(journey);
  return Math.max(missing.since, parseMicros(first.updated) - parseMicros(journey.started));
}

/** The delivery a stamp belongs to alone, by stamp index; a stamp that several share has none. */
export function findOwners(journey: Journey): ReadonlyMap<number, Delivery> {
  if (journey.deliveries.length < 2) return new Map();
  const users = new Map<number, Set<Delivery>>();
  const use = (index: number | null, delivery: Delivery) => {
    if (index !== null) users.set(index, (users.get(index) ?? new Set()).add(delivery));
  };
  for (const delivery of journey.deliveries) {
    for (const hop of delivery.hops) {
      use(hop.fromStamp, delivery);
      use(hop.toStamp, delivery);
    }
  }
  const byRecipient = new Map(journey.deliveries.map((delivery) => [delivery.recipient, delivery]));
  const owners = new Map<number, Delivery>();
  for (const stamp of journey.stamps) {
    const [first, second] = users.get(stamp.index) ?? [];
    const owner = second ? undefined : (first ?? (stamp.recipient === '' ? undefined : byRecipient.get(stamp.recipient)));
    if (owner) owners.set(stamp.index, owner);
  }
  return adoptChildren(journey, owners, users);
}

/** A stamp that no delivery names belongs to the owner of the span above it. */
function adoptChildren(
  journey: Journey,
  owners: Map<number, Delivery>,
  users: ReadonlyMap<number, ReadonlySet<Delivery>>,
): ReadonlyMap<number, Delivery> {
  const bySpan = new Map(journey.stamps.map((stamp) => [stamp.spanId, stamp]));
  for (const stamp of byStart(journey.stamps)) {
    const parent = bySpan.get(stamp.parentSpanId);
    const owner = parent && owners.get(parent.index);
    if (owner && !owners.has(stamp.index) && !users.has(stamp.index)) owners.set(stamp.index, owner);
  }
  return owners;
}

/** Which try a stamp belongs to, by stamp index: its own; a call has that of the span above it. */
export function findTries(journey: Journey): ReadonlyMap<number, number> {
  const bySpan = new Map(journey.stamps.map((stamp) => [stamp.spanId, stamp]));
  return new Map(journey.stamps.map((stamp) => [stamp.index, stamp.attempt || (stamp.stage === 'invoked' ? (bySpan.get(stamp.parentSpanId)?.attempt ?? 0) : 0)]));
}

function chooseShown(journey: Journey, choice: LaneChoice): readonly string[] {
  const ranked = worstFirst(journey.deliveries).map((delivery) => delivery.id);
  if (choice.unfolded || ranked.length <= MOST_SHOWN) return ranked;
  const shown = ranked.slice(0, SHOWN_OF_MANY);
  return choice.selected === '' || shown.includes(choice.selected) ? shown : [choice.selected, ...shown];
}

const SHARED = '';
const FOLDED = '\u0000folded';

function rowKey(owner: Delivery | undefined, shown: ReadonlySet<string>): string {
  if (!owner) return SHARED;
  return shown.has(owner.id) ? owner.id : FOLDED;
}

function rowRank(key: string, shown: ReadonlySet<string>): number {
  if (key === SHARED) return -1;
  return key === FOLDED ? shown.size : [...shown].indexOf(key);
}

function toRow(service: string, key: string, stamps: readonly Stamp[], journey: Journey, shown: ReadonlySet<string>): Row {
  const folded = key === FOLDED;
  const deliveries = folded
    ? journey.deliveries.filter((delivery) => !shown.has(delivery.id))
    : journey.deliveries.filter((delivery) => delivery.id === key);
  const [only] = deliveries;
  const label = folded ? foldedWords(deliveries) : key !== SHARED && only ? deliveryName(only) : '';
  return { key: `${service} ${key}`, label, deliveries, stamps, folded };
}

/** "197 more, all rendered" or "197 more: 190 rendered, 7 failed". */
export function foldedWords(deliveries: readonly Delivery[]): string {
  const counts = new Map<string, number>();
  for (const { verdict } of deliveries) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  const verdicts = [...counts].sort(([, a], [, b]) => b - a);
  const head = `${formatCount(deliveries.length)} more`;
  const [only] = verdicts;
  if (only && verdicts.length === 1) return `${head}, all ${verdictWords(only[0])}`;
  return `${head}: ${verdicts.map(([verdict, count]) => `${formatCount(count)} ${verdictWords(verdict)}`).join(', ')}`;
}

function lastSeen(journey: Journey, delivery: Delivery, owners: ReadonlyMap<number, Delivery>): number {
  const own = journey.stamps.filter((stamp) => owners.get(stamp.index) === delivery);
  const hopStamps = delivery.hops.flatMap((hop) => journey.stamps.filter((stamp) => stamp.index === hop.toStamp || stamp.index === hop.fromStamp));
  const candidates = own.length + hopStamps.length > 0 ? [...own, ...hopStamps] : journey.stamps.filter((stamp) => !owners.has(stamp.index));
  return candidates.reduce((latest, stamp) => Math.max(latest, stampEnd(stamp)), 0);
}

function byStart(stamps: readonly Stamp[]): readonly Stamp[] {
  return [...stamps].sort((a, b) => a.offsetMicros - b.offsetMicros || a.index - b.index);
}
