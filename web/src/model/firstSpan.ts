// SPDX-License-Identifier: Apache-2.0
/** Commands that send the first spans, for a page that has nothing to show yet. */

export interface FirstIds {
  readonly traceId: string;
  readonly publishId: string;
  readonly consumeId: string;
}

const SECOND_NANOS = 1_000_000_000n;
const SPAN_KIND = { producer: 4, consumer: 5 } as const;

/** Ids from random numbers in [0, 1), one per hexadecimal digit. */
export function makeFirstIds(random: () => number): FirstIds {
  const hex = (length: number) => Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('');
  return { traceId: hex(32), publishId: hex(16), consumeId: hex(16) };
}

/** A message is published: it is on the way now, and stuck when its deadline passes. `now` in milliseconds since 1970. */
export function publishCommand(otlpHttp: string, ids: FirstIds, now: number): string {
  return curl(otlpHttp, 'gateway', {
    traceId: ids.traceId,
    spanId: ids.publishId,
    name: 'send orders',
    kind: SPAN_KIND.producer,
    ...lasting(now, 5),
    attributes: [
      attribute('messaging.destination.name', 'orders'),
      attribute('messaging.message.id', `first-${ids.traceId.slice(0, 6)}`),
    ],
  });
}

/** The same message is processed, which fulfils it. */
export function processCommand(otlpHttp: string, ids: FirstIds, now: number): string {
  return curl(otlpHttp, 'worker', {
    traceId: ids.traceId,
    spanId: ids.consumeId,
    parentSpanId: ids.publishId,
    name: 'process orders',
    kind: SPAN_KIND.consumer,
    ...lasting(now, 40),
    attributes: [attribute('messaging.destination.name', 'orders'), attribute('messaging.operation.type', 'process')],
  });
}

function attribute(key: string, value: string) {
  return { key, value: { stringValue: value } };
}

function lasting(now: number, milliseconds: number) {
  const end = (BigInt(Math.floor(now)) * SECOND_NANOS) / 1000n;
  return {
    startTimeUnixNano: String(end - (BigInt(milliseconds) * SECOND_NANOS) / 1000n),
    endTimeUnixNano: String(end),
  };
}

function curl(otlpHttp: string, service: string, span: object): string {
  const body = {
    resourceSpans: [
      { resource: { attributes: [attribute('service.name', service)] }, scopeSpans: [{ spans: [span] }] },
    ],
  };
  return `curl -sS http://${otlpHttp}/v1/traces -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
}
