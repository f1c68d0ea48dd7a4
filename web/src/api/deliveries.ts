// SPDX-License-Identifier: Apache-2.0
import { infiniteQueryOptions } from '@tanstack/react-query';
import type { Delivery, Hop } from '../model/delivery';
import { type Filter, filterToQuery } from '../model/filter';
import { request } from './request';

export interface HopWire {
  readonly from: string;
  readonly to: string;
  readonly wait_us: number;
  readonly work_us: number;
  readonly own_us: number;
  readonly wait?: { readonly low_us: number; readonly high_us: number };
  readonly from_stamp?: number;
  readonly to_stamp?: number;
}

export interface DeliveryWire {
  readonly id: string;
  readonly key: string;
  readonly path: string;
  readonly recipient?: string;
  readonly channel?: string;
  readonly destination?: string;
  readonly tenant?: string;
  readonly region?: string;
  readonly device?: string;
  readonly provider?: string;
  readonly verdict: string;
  readonly reason: string;
  readonly hop?: string;
  readonly timeliness?: string;
  readonly started: string;
  readonly fulfilled?: string | null;
  readonly updated: string;
  readonly retries: number;
  readonly latency_us: number;
  readonly slowest_hop?: string;
  readonly hops: readonly HopWire[] | null;
  readonly estimated?: boolean;
  readonly kept?: string;
  readonly missing?: readonly string[] | null;
}

export interface DeliveriesWire {
  readonly items: readonly DeliveryWire[] | null;
  readonly next: string;
}

export interface DeliveryPage {
  readonly items: readonly Delivery[];
  readonly next: string;
}

export const PAGE_SIZE = 100;
export const deliveriesKey = ['deliveries'] as const;

/** The list, page by page, newest first. It is read once: what is newer waits until it is asked for. */
export function deliveriesQuery(filter: Filter) {
  const query = filterToQuery(filter);
  return infiniteQueryOptions({
    queryKey: [...deliveriesKey, 'list', query.toString()],
    queryFn: ({ pageParam, signal }) => readPage(query, pageParam, signal),
    initialPageParam: '',
    getNextPageParam: (page: DeliveryPage) => (page.next === '' ? null : page.next),
    staleTime: Infinity,
  });
}

/** The newest page again, to learn what came and what changed since. */
export function readNewest(filter: Filter, signal: AbortSignal): Promise<DeliveryPage> {
  return readPage(filterToQuery(filter), '', signal);
}

async function readPage(query: URLSearchParams, cursor: string, signal: AbortSignal): Promise<DeliveryPage> {
  const asked = new URLSearchParams(query);
  asked.set('limit', String(PAGE_SIZE));
  if (cursor !== '') asked.set('cursor', cursor);
  const wire = await request<DeliveriesWire>('/deliveries', asked, signal);
  return { items: (wire.items ?? []).map(toDelivery), next: wire.next };
}

export function toDelivery(wire: DeliveryWire): Delivery {
  return {
    id: wire.id,
    key: wire.key,
    path: wire.path,
    recipient: wire.recipient ?? '',
    channel: wire.channel ?? '',
    destination: wire.destination ?? '',
    tenant: wire.tenant ?? '',
    region: wire.region ?? '',
    device: wire.device ?? '',
    provider: wire.provider ?? '',
    verdict: wire.verdict,
    reason: wire.reason,
    hop: wire.hop ?? '',
    timeliness: wire.timeliness ?? '',
    started: wire.started,
    fulfilled: wire.fulfilled ?? '',
    updated: wire.updated,
    retries: wire.retries,
    latencyMicros: wire.latency_us,
    slowestHop: wire.slowest_hop ?? '',
    hops: (wire.hops ?? []).map(toHop),
    estimated: wire.estimated ?? false,
    kept: wire.kept ?? '',
    missing: wire.missing ?? [],
  };
}

function toHop(wire: HopWire): Hop {
  return {
    from: wire.from,
    to: wire.to,
    waitMicros: wire.wait_us,
    workMicros: wire.work_us,
    ownMicros: wire.own_us,
    waitRange: wire.wait ? { low: wire.wait.low_us, high: wire.wait.high_us } : null,
    fromStamp: wire.from_stamp ?? null,
    toStamp: wire.to_stamp ?? null,
  };
}
