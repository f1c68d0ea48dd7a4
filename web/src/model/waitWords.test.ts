// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { waitWords } from './waitWords';

test.each([
  [45_000, null, '45 ms'],
  [45_000, { low: 40_000, high: 52_000 }, 'about 45 ms (40 to 52 ms, clocks differ)'],
  [900, { low: 300, high: 1_500 }, 'about 900 µs (300 µs to 1.5 ms, clocks differ)'],
  [900, { low: 0, high: 1_500 }, 'about 900 µs (0 to 1.5 ms, clocks differ)'],
  [65_000_000, { low: 61_000_000, high: 70_000_000 }, 'about 1 min 5 s (1 min 1 s to 1 min 10 s, clocks differ)'],
])('a wait of %i within %o', (waitMicros, waitRange, words) => {
  expect(waitWords({ waitMicros, waitRange }).replaceAll('\u00a0', ' ')).toBe(words);
});
