// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest';
import { aBatchedMessage } from '../../test/factories/message';
import { anOtlp } from '../../test/factories/spans';
import { valueText } from './otlp';
import { type FactGroup, spanFacts } from './spanFacts';

const stampOf = (index: number) => {
  const stamp = aBatchedMessage().stamps?.[index];
  if (!stamp) throw new Error(`the message has no stamp ${index}`);
  return stamp;
};
const groupsOf = (groups: readonly FactGroup[]) => new Map(groups.map(({ title, facts }) => [title, new Map(facts.map(({ name, value }) => [name, value.replaceAll('\u00a0', ' ')]))]));

describe('the facts of a span', () => {
  const groups = groupsOf(spanFacts(anOtlp(stampOf(2))));

  test('come in groups, status first and where it ran last', () => {
    expect([...groups.keys()]).toEqual(['Status', 'Attributes', 'Event offset committed', 'Link', 'Resource', 'Scope']);
  });

  test('say the status, the trace state and what the sender dropped', () => {
    expect(groups.get('Status')).toEqual(new Map([['status', 'unset'], ['trace state', 'ot=th:f;rv:f1c2a90034bd11'], ['dropped by the sender', '2 links']]));
  });

  test('keep whole numbers that are too large for a number', () => {
    expect(groups.get('Event offset committed')).toEqual(new Map([['after the start', '+1.5 ms'], ['messaging.kafka.offset', '9007199254740993']]));
  });

  test('name what failed', () => {
    const failed = groupsOf(spanFacts(anOtlp({ ...stampOf(3), error: true, detail: '503 Service Unavailable' })));
    expect(failed.get('Status')?.get('status')).toBe('error');
    expect(failed.get('Status')?.get('message')).toBe('503 Service Unavailable');
    expect(failed.has('Link')).toBe(false);
  });

  test('of an answer without a span are none', () => {
    expect(spanFacts({})).toEqual([]);
    expect(spanFacts({ resourceSpans: [{ scopeSpans: [{ spans: [] }] }] })).toEqual([]);
  });

  test('senders may write the status by its name', () => {
    const status = (code: string) => groupsOf(spanFacts({ resourceSpans: [{ scopeSpans: [{ spans: [{ status: { code } }] }] }] })).get('Status')?.get('status');
    expect([status('STATUS_CODE_ERROR'), status('STATUS_CODE_OK'), status('STATUS_CODE_UNSET')]).toEqual(['error', 'ok', 'unset']);
  });
});

test.each([
  [{ stringValue: 'orders' }, 'orders'],
  [{ boolValue: false }, 'false'],
  [{ intValue: '17' }, '17'],
  [{ doubleValue: 0.5 }, '0.5'],
  [{ arrayValue: { values: [{ stringValue: 'a' }, { intValue: 2 }] } }, '[a, 2]'],
  [{ kvlistValue: { values: [{ key: 'a', value: { boolValue: true } }] } }, '{a: true}'],
  [{}, ''],
  [undefined, ''],
])('the value %o reads %s', (value, text) => {
  expect(valueText(value)).toBe(text);
});
