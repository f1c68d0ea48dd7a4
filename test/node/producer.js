// SPDX-License-Identifier: Apache-2.0

// A shop that takes orders and adds them to Redis streams: node producer.js EACH
// It prints a line of JSON for each order that it sent.

import { context, propagation, SpanKind, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { Redis } from 'ioredis';

import { all, kinds, streamOf } from './orders.js';
import { during, start } from './telemetry.js';

const provider = start(new OTLPTraceExporter());
const tracer = trace.getTracer('shop');
const redis = new Redis(process.env.REDIS_URL);

for (const order of all(Number(process.argv[2]))) {
  console.log(JSON.stringify({ ...order, trace: await accept(order) }));
}
await provider.shutdown();
await redis.quit();

/** accept stands for a request: the answer is its trace id. */
async function accept(order) {
  const route = kinds[order.kind].route ?? '/orders';
  const attributes = { 'http.request.method': 'POST', 'http.route': route, 'url.path': route, 'tenant.id': 'acme' };
  return during(tracer, `POST ${route}`, { kind: SpanKind.SERVER, attributes }, context.active(), async (span) => {
    await send(order);
    span.setAttribute('http.response.status_code', 202);
    return span.spanContext().traceId;
  });
}

async function send(order) {
  const stream = streamOf(order.kind);
  const attributes = {
    'messaging.system': 'redis',
    'messaging.operation.type': 'send',
    'messaging.operation.name': 'send',
    'messaging.destination.name': stream,
    'messaging.message.id': order.id,
  };
  await during(tracer, `send ${stream}`, { kind: SpanKind.PRODUCER, attributes }, context.active(), async () => {
    const carrier = {};
    propagation.inject(context.active(), carrier);
    await redis.xadd(stream, '*', 'id', order.id, 'kind', order.kind, 'traceparent', carrier.traceparent);
  });
}
