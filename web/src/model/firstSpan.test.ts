// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { seededRandom } from '../test/factories/random';
import { makeFirstIds, processCommand, publishCommand } from './firstSpan';

const NOW = Date.parse('2026-11-02T03:04:05.678Z');
const ids = makeFirstIds(seededRandom(3));

interface Body {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly Record<string, unknown>[] }[] }[];
}

function spanOf(command: string) {
  const body: Body = JSON.parse(/-d '(.*)'$/.exec(command)?.[1] ?? '{}');
  return body.resourceSpans[0]?.scopeSpans[0]?.spans[0];
}

test('the commands are valid OTLP of one message: the second span is a child of the first', () => {
  const publish = spanOf(publishCommand('127.0.0.1:4318', ids, NOW));
  const process = spanOf(processCommand('127.0.0.1:4318', ids, NOW));
  expect(publish).toMatchObject({ traceId: ids.traceId, spanId: ids.publishId, kind: 4 });
  expect(process).toMatchObject({ traceId: ids.traceId, parentSpanId: ids.publishId, kind: 5 });
  expect(ids.traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(ids.publishId).toMatch(/^[0-9a-f]{16}$/);
});

test('their times are now, in whole nanoseconds', () => {
  expect(spanOf(publishCommand('127.0.0.1:4318', ids, NOW))).toMatchObject({ startTimeUnixNano: `${NOW - 5}000000`, endTimeUnixNano: `${NOW}000000` });
});

test('they go to the address of the server', () => {
  expect(publishCommand('10.0.0.7:4318', ids, NOW)).toContain('curl -sS http://10.0.0.7:4318/v1/traces');
});
