// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { toJourney } from '../../api/messages';
import { aBatchedMessage, aRenderedMessage } from '../../test/factories/message';
import { keepingWords, keptWords, type Span, spanOffsets, spansSummary, weightWords } from './span';

const span = (overrides: Partial<Span> = {}): Span => ({
  traceId: '4bf9', spanId: '00f0', parentSpanId: '', service: 'gateway', name: 'POST', kind: 'server', start: '2026-11-02T03:04:05.250Z', durationMicros: 4_000,
  error: false, kept: 'late: 6 s', weight: 1, otlp: {}, ...overrides,
});
const plain = (words: string) => words.replaceAll('\u00a0', ' ');

const settled = toJourney(aRenderedMessage());
const toBeKept = toJourney(aBatchedMessage());

test('the summary says what is kept and what only the log has', () => {
  expect(plain(spansSummary([span(), span()], settled))).toBe('2 spans, kept');
  expect(plain(spansSummary([span(), span({ kept: '' })], settled))).toBe('2 spans, 1 of them kept, the others in the log only');
  expect(plain(spansSummary([span({ kept: '' })], settled))).toBe('1 span, in the log only, for as long as it holds them');
  expect(spansSummary([], settled)).toBe('');
});

test('spans that are to be kept are in the log so far', () => {
  expect(plain(spansSummary([span({ kept: '' })], toBeKept))).toBe('1 span, in the log so far');
  expect(keepingWords(span({ kept: '' }), toBeKept)).toBe('in the log so far');
  expect(keepingWords(span({ kept: '' }), settled)).toBe('in the log only');
  expect(keepingWords(span(), settled)).toBe('late: 6 s');
});

test('a span stands where its stamp does, by a clock that was set right; without a stamp where its own clock says', () => {
  const journey = toJourney(aBatchedMessage());
  const stamp = journey.stamps[2];
  const offsets = spanOffsets([span({ spanId: stamp?.spanId ?? '', start: stamp?.start ?? '' }), span()], journey);
  expect([...offsets.values()]).toEqual([50_000, 250_000]);
});

test('a span that stands for itself has no word for it', () => {
  expect([1, 1.333333, 16, 1024.4].map(weightWords)).toEqual(['', 'stands for 1.3 like it', 'stands for 16 like it', 'stands for 1,024 like it']);
});

test('reasons are words, other words stay as they are', () => {
  expect(keptWords('dead_lettered: RejectedByDestination')).toBe('dead-lettered: rejected by destination');
  expect(keptWords('stuck: StuckAtPublish')).toBe('stuck at publish');
  expect(keptWords('tenant BlueFin is always kept')).toBe('tenant BlueFin is always kept');
  expect(keptWords('slow: 2.4 s, p99 of chat is 311 ms')).toBe('slow: 2.4 s, p99 of chat is 311 ms');
});
