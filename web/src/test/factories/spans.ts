// SPDX-License-Identifier: Apache-2.0
import type { MessageWire, StampWire } from '../../api/messages';
import type { SpanWire } from '../../api/spans';
import type { OtlpTraces } from '../../model/spans/otlp';

const KIND_NUMBER: Readonly<Record<string, number>> = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 };

/** The spans behind a message's stamps, as they may have been sent; none of one that is not known. */
export function spansFrom(message: MessageWire | undefined): readonly SpanWire[] {
  const kept = message?.deliveries?.[0]?.kept ?? '';
  return (message?.stamps ?? []).map((stamp) => ({
    trace_id: stamp.trace_id,
    span_id: stamp.span_id,
    parent_span_id: stamp.parent_span_id ?? '',
    service: stamp.service,
    name: stamp.name,
    kind: stamp.kind ?? 'internal',
    start: stamp.start,
    duration_us: stamp.work_us,
    error: stamp.error ?? false,
    kept: stamp.stage === 'acknowledged' ? '' : kept,
    weight: kept !== '' && stamp.service === 'gateway' ? 16 : 1,
    otlp: anOtlp(stamp),
  }));
}

/** One span as OTLP/JSON, with an event, and a link where it is the work of a batch. */
export function anOtlp(stamp: StampWire): OtlpTraces {
  const start = BigInt(Date.parse(stamp.start)) * 1_000_000n;
  const batch = stamp.shared ? [{ key: 'messaging.batch.message_count', value: { intValue: String(stamp.shared) } }] : [];
  const span = {
    traceId: stamp.trace_id,
    spanId: stamp.span_id,
    traceState: 'ot=th:f;rv:f1c2a90034bd11',
    name: stamp.name,
    kind: KIND_NUMBER[stamp.kind ?? ''] ?? 1,
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + BigInt(stamp.work_us) * 1000n),
    attributes: [
      { key: 'messaging.system', value: { stringValue: 'kafka' } },
      { key: 'messaging.destination.partition.id', value: { stringValue: '3' } },
      { key: 'http.request.header.accept', value: { arrayValue: { values: [{ stringValue: 'application/json' }, { stringValue: '*/*' }] } } },
      { key: 'url.full', value: { stringValue: 'https://crm.example/hook/v2/orders?account=acme-international&signature=4f9c2b7a81d05e6633fbb1c09a7d4411' } },
      ...batch,
    ],
    events: [{ timeUnixNano: String(start + 1_500_000n), name: 'offset committed', attributes: [{ key: 'messaging.kafka.offset', value: { intValue: '9007199254740993' } }] }],
    links: stamp.shared ? [{ traceId: stamp.trace_id, spanId: '00f067aa0ba902b7', attributes: [] }] : [],
    status: stamp.error ? { code: 2, message: stamp.detail ?? '' } : {},
    droppedLinksCount: stamp.shared ? 2 : 0,
  };
  return {
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: stamp.service } }, { key: 'host.name', value: { stringValue: stamp.host ?? 'node-1' } }] },
        scopeSpans: [{ scope: { name: 'orders', version: '1.4.0' }, spans: [span] }],
      },
    ],
  };
}
