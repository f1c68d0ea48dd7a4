// SPDX-License-Identifier: Apache-2.0

// A worker that takes orders from a Redis stream: node consumer.js EACH
// It ends when it has done with all of them.

import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';

import { all, attempts, deadLetters, group, kinds, streamOf } from './orders.js';
import { during, start } from './telemetry.js';
import { openVendor } from './vendor.js';

const workTime = 20; // milliseconds that an order takes at least
const retryPause = 30;

const provider = start(new OTLPTraceExporter());
const tracer = trace.getTracer('worker');
const redis = new Redis(process.env.REDIS_URL);
const vendor = await openVendor();
const stream = 'orders';

await redis.xgroup('CREATE', stream, group, '0', 'MKSTREAM');
const left = new Set();
for (const order of all(Number(process.argv[2]))) {
  if (streamOf(order.kind) === stream) left.add(order.id);
}
while (left.size > 0) {
  const answer = await redis.xreadgroup('GROUP', group, 'worker-1', 'COUNT', 10, 'BLOCK', 500, 'STREAMS', stream, '>');
  for (const [entry, fields] of answer?.[0]?.[1] ?? []) {
    const order = Object.fromEntries(pairs(fields));
    await handle(order);
    await redis.xack(stream, group, entry);
    left.delete(order.id);
  }
}
await provider.shutdown();
await redis.quit();
vendor.close();

function* pairs(fields) {
  for (let i = 0; i + 1 < fields.length; i += 2) yield [fields[i], fields[i + 1]];
}

/** handle tries an order until it is done or put aside. */
async function handle(order) {
  for (let attempt = 1; attempt <= attempts; attempt++) {
    try {
      return await tryOnce(order, attempt);
    } catch {
      await sleep(retryPause);
    }
  }
}

/** tryOnce is one attempt, a span of its own. */
async function tryOnce(order, attempt) {
  const sent = propagation.extract(ROOT_CONTEXT, { traceparent: order.traceparent });
  const options = {
    kind: SpanKind.CONSUMER,
    attributes: {
      'messaging.system': 'redis',
      'messaging.operation.type': 'process',
      'messaging.operation.name': 'process',
      'messaging.destination.name': stream,
      'messaging.consumer.group.name': group,
      'messaging.message.id': order.id,
    },
  };
  let parent = sent;
  if (!kinds[order.kind].parent) {
    options.links = [{ context: trace.getSpanContext(sent) }];
    parent = ROOT_CONTEXT;
  }
  return during(tracer, `process ${stream}`, options, parent, (span) => work(order, attempt, span));
}

async function work(order, attempt, span) {
  const kind = kinds[order.kind];
  await sleep(workTime);
  if (kind.call) await call(kind.call);
  if (attempt > (kind.failures ?? 0)) return;
  if (kind.dead && attempt === attempts) {
    span.setAttribute('hopstamp.outcome', 'dead_lettered');
    await redis.xadd(deadLetters, '*', 'id', order.id);
  }
  throw new Error(`attempt ${attempt} did not succeed`);
}

/** call asks the vendor, which answers with the status that it is told to. */
async function call(status) {
  const url = new URL(`http://localhost:${vendor.address().port}/${status}`);
  const attributes = { 'http.request.method': 'POST', 'url.full': url.href, 'server.address': url.hostname, 'server.port': Number(url.port) };
  await during(tracer, 'POST', { kind: SpanKind.CLIENT, attributes }, context.active(), async (span) => {
    const response = await fetch(url, { method: 'POST' });
    await response.text();
    span.setAttribute('http.response.status_code', response.status);
    if (!response.ok) {
      span.setAttribute('error.type', String(response.status));
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
  });
}
