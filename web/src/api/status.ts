// SPDX-License-Identifier: Apache-2.0
import { queryOptions } from '@tanstack/react-query';
import { request } from './request';

interface StatusWire {
  readonly version: string;
  readonly started: string;
  readonly otlp_http: string;
  readonly log: { readonly last: number };
  readonly demo: boolean;
}

export interface Status {
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly started: number;
  /** Address that takes OTLP over HTTP, "127.0.0.1:4318". */
  readonly otlpHttp: string;
  /** Whether anything was ever received. */
  readonly empty: boolean;
  readonly demo: boolean;
}

export const statusKey = ['status'] as const;

export const statusQuery = queryOptions({
  queryKey: [...statusKey],
  queryFn: async ({ signal }) => toStatus(await request<StatusWire>('/status', new URLSearchParams(), signal)),
  staleTime: 10_000,
});

function toStatus(wire: StatusWire): Status {
  return {
    version: wire.version,
    started: Date.parse(wire.started),
    otlpHttp: wire.otlp_http || '127.0.0.1:4318',
    empty: wire.log.last === 0,
    demo: wire.demo,
  };
}
