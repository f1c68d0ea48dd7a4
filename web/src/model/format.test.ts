// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest';
import { formatDuration, formatOffset } from './duration';
import { formatRelative, parseMicros } from './instant';
import { countOf, formatCount, formatRate, formatShare, formatWholeShare } from './number';

const plain = (text: string) => text.replaceAll('\u00a0', ' ');

describe('shares', () => {
  test.each([
    [1, '100 %'],
    [0, '0 %'],
    [0.982, '98.2 %'],
    [0.9999, '99.99 %'],
    [0.999999, '99.99 %'],
    [0.9999999999, '99.99 %'],
    [0.00001, '<0.1 %'],
  ])('%f reads %s and never rounds to a whole it is not', (share, words) => {
    expect(plain(formatShare(share))).toBe(words);
  });

  test.each([
    [0.71, '71 %'],
    [0.999, '99 %'],
    [0.001, '<1 %'],
    [0, '0 %'],
  ])('%f reads %s in whole percent', (share, words) => {
    expect(plain(formatWholeShare(share))).toBe(words);
  });
});

describe('durations', () => {
  test.each([
    [0, '0 µs'],
    [90, '90 µs'],
    [4_000, '4 ms'],
    [12_345, '12.3 ms'],
    [999_600, '1 s'],
    [2_100_000, '2.1 s'],
    [59_960_000, '1 min'],
    [125_000_000, '2 min 5 s'],
    [600_000_000, '10 min'],
    [3_780_000_000, '1 h 3 min'],
    [90_000_000_000, '1 d 1 h'],
  ])('%i µs reads %s', (micros, words) => {
    expect(plain(formatDuration(micros))).toBe(words);
  });

  test('an offset carries its sign', () => {
    expect(plain(formatOffset(184_000))).toBe('+184 ms');
    expect(plain(formatOffset(-3_000))).toBe('\u22123 ms');
    expect(formatOffset(0)).toBe('0');
  });
});

describe('counts and rates', () => {
  test('thousands are separated, one is singular', () => {
    expect(formatCount(41_310)).toBe('41,310');
    expect(plain(countOf(1, 'delivery', 'deliveries'))).toBe('1 delivery');
    expect(plain(countOf(2, 'delivery', 'deliveries'))).toBe('2 deliveries');
  });

  test.each([
    [45.9, '45.9'],
    [1234.4, '1,234'],
    [0.0333, '0.033'],
  ])('%f a second reads %s', (rate, words) => {
    expect(formatRate(rate)).toBe(words);
  });
});

describe('instants', () => {
  test('microseconds survive, nanoseconds are cut', () => {
    expect(parseMicros('2026-11-02T03:04:05.000001999Z') - parseMicros('2026-11-02T03:04:05Z')).toBe(1);
    expect(parseMicros('2026-11-02T03:04:05.5Z') - parseMicros('2026-11-02T03:04:05Z')).toBe(500_000);
  });

  test.each([
    [0, 'just now'],
    [12_400, '12 s ago'],
    [185_000, '3 min ago'],
    [7_300_000, '2 h ago'],
    [-5_000, 'in 5 s'],
  ])('%i ms reads %s', (age, words) => {
    expect(plain(formatRelative(1_000_000_000, 1_000_000_000 + age))).toBe(words);
  });
});
