// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest';
import { buildTicks, buildTimeScale, findGaps, mergeIntervals } from './timeScale';

const WORK = [{ start: 0, end: 4_000 }];
const MINUTE = 60_000_000;

describe('the axis', () => {
  test('is linear when nothing is folded', () => {
    const scale = buildTimeScale(WORK, 10_000, 500, true);
    expect(scale.folded).toBe(false);
    expect([0, 5_000, 10_000].map(scale.x)).toEqual([0, 250, 500]);
  });

  test('folds a wait that would hide the work around it', () => {
    const scale = buildTimeScale(WORK, MINUTE, 1000, true);
    expect(scale.folded).toBe(true);
    expect(scale.x(4_000)).toBeGreaterThan(500);
    expect(scale.x(MINUTE)).toBe(1000);
  });

  test('does not fold when asked for the truth', () => {
    expect(buildTimeScale(WORK, MINUTE, 1000, false).x(4_000)).toBeLessThan(1);
  });

  test('never runs backwards', () => {
    const scale = buildTimeScale([{ start: 0, end: 1_000 }, { start: 30_000_000, end: 30_002_000 }], MINUTE, 800, true);
    const places = Array.from({ length: 61 }, (_, second) => scale.x(second * 1_000_000));
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  test('holds even when nothing ever worked', () => {
    expect(buildTimeScale([], MINUTE, 800, true).x(MINUTE)).toBe(800);
    expect(buildTimeScale([], 0, 800, true).x(0)).toBe(0);
  });
});

describe('ticks', () => {
  test('stand at round times', () => {
    const ticks = buildTicks(buildTimeScale([{ start: 0, end: 184_000 }], 184_000, 1000, true), 100);
    expect(ticks.slice(0, 3).map((tick) => tick.micros)).toEqual([0, 20_000, 40_000]);
  });

  test('keep out of folds', () => {
    const scale = buildTimeScale(WORK, MINUTE, 1000, true);
    const fold = scale.segments.find((segment) => segment.folded);
    expect(buildTicks(scale, 80).filter((tick) => fold && tick.micros > fold.start && tick.micros < fold.end)).toEqual([]);
  });

  test('use the steps of a clock for long journeys', () => {
    const ticks = buildTicks(buildTimeScale([{ start: 0, end: 10 * MINUTE }], 10 * MINUTE, 1000, true), 100);
    expect(ticks[1]?.micros).toBe(MINUTE);
  });
});

test('gaps are what no interval covers', () => {
  expect(findGaps([{ start: 2, end: 4 }, { start: 3, end: 6 }, { start: 8, end: 9 }], 10)).toEqual([{ start: 0, end: 2 }, { start: 6, end: 8 }, { start: 9, end: 10 }]);
});

test('merging joins what overlaps', () => {
  expect(mergeIntervals([{ start: 5, end: 7 }, { start: 0, end: 3 }, { start: 2, end: 4 }])).toEqual([{ start: 0, end: 4 }, { start: 5, end: 7 }]);
});
