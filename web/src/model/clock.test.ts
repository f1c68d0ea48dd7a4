// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest';
import { type Clock, clocksSentence, driftWords, isWrong, journeyClockWords, offsetWords, type SourceClock } from './clock';

const clock = (overrides: Partial<SourceClock> = {}): SourceClock => ({ host: 'node-9', aheadMicros: 0, boundMicros: 1_200, suspect: false, driftPpm: 0, since: '2026-11-02T03:04:05Z', ...overrides });
const plain = (words: string) => words.replaceAll('\u00a0', ' ');

describe('the clocks of all hosts', () => {
  test('are one line while they agree, however their drift', () => {
    const clocks = Array.from({ length: 12 }, (_, index) => clock({ host: `node-${index}`, driftPpm: 0.4 }));
    expect(clocksSentence(clocks)).toBe('All 12 clocks agree.');
    expect(clocks.some(isWrong)).toBe(false);
  });

  test('say how many are wrong, suspect ones with them', () => {
    expect(clocksSentence([clock({ aheadMicros: -3 }), clock({ suspect: true }), clock()])).toMatch(/^2 of 3 clocks are wrong; waits to and from their hosts/);
    expect(clocksSentence([clock({ aheadMicros: 5 }), clock()])).toMatch(/^1 of 2 clocks is wrong; waits to and from its host /);
  });

  test('one alone agrees with nobody', () => {
    expect(clocksSentence([clock()])).toMatch(/^One host so far/);
  });
});

test.each<[Partial<Clock>, string]>([
  [{ aheadMicros: 5_000_120 }, '5 s ahead, ± 1.2 ms'],
  [{ aheadMicros: -84_000 }, '84 ms behind, ± 1.2 ms'],
  [{ suspect: true }, 'offset not known'],
])('an offset of %o is %s', (overrides, words) => {
  expect(plain(offsetWords(clock(overrides)))).toBe(words);
});

test('drift has a direction, and is not told while it is not known', () => {
  expect([0.4, -1.83, 0].map(driftWords).map(plain)).toEqual(['gains 0.4 ppm', 'loses 1.8 ppm', '']);
});

test('a clock of a journey says by how much, against which, and whether it can be believed', () => {
  expect(plain(journeyClockWords(clock({ aheadMicros: 5_000_000 })))).toBe('The clock of node-9 is 5 s (± 1.2 ms) ahead of the one where the message began; its times are set right by that.');
  expect(plain(journeyClockWords(clock({ aheadMicros: -5, suspect: true })))).toMatch(/5 µs \(± 1.2 ms\) behind the one .* It is suspect/);
  expect(journeyClockWords(clock({ suspect: true }))).toMatch(/^The clock of node-9 is suspect/);
});
