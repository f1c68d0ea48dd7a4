// SPDX-License-Identifier: Apache-2.0
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { OtlpTraces } from '../model/spans/otlp';
import type { Span } from '../model/spans/span';
import { messagesKey } from './messages';
import { request } from './request';

export interface SpanWire {
  readonly trace_id: string;
  readonly span_id: string;
  readonly parent_span_id?: string;
  readonly service: string;
  readonly name: string;
  readonly kind: string;
  readonly start: string;
  readonly duration_us: number;
  readonly error: boolean;
  readonly kept?: string;
  readonly weight?: number;
  readonly otlp: OtlpTraces;
}

interface SpansWire {
  readonly items: readonly SpanWire[] | null;
}

/** The spans of a journey with everything that was sent; they are read again when it has more stamps, and when they are opened again. */
export function spansQuery(key: string, stamps: number) {
  return queryOptions({
    queryKey: [...messagesKey, key, 'spans', stamps],
    queryFn: async ({ signal }) => {
      const wire = await request<SpansWire>(`/messages/${encodeURIComponent(key)}/spans`, new URLSearchParams(), signal);
      return (wire.items ?? []).map(toSpan);
    },
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });
}

function toSpan(wire: SpanWire): Span {
  return {
    traceId: wire.trace_id,
    spanId: wire.span_id,
    parentSpanId: wire.parent_span_id ?? '',
    service: wire.service,
    name: wire.name,
    kind: wire.kind,
    start: wire.start,
    durationMicros: wire.duration_us,
    error: wire.error,
    kept: wire.kept ?? '',
    weight: wire.weight ?? 1,
    otlp: wire.otlp,
  };
}
