// SPDX-License-Identifier: Apache-2.0
import type { Hop } from './delivery';
import { formatDuration } from './duration';

/** A hop's wait: "45 ms", or "about 45 ms (40 ms to 52 ms, clocks differ)" where it is only known between two ends. */
export function waitWords(hop: Pick<Hop, 'waitMicros' | 'waitRange'>): string {
  const wait = formatDuration(hop.waitMicros);
  return hop.waitRange ? `about ${wait} (${rangeOf(hop.waitRange.low, hop.waitRange.high)}, clocks differ)` : wait;
}

/** Two ends with the same unit name it once. */
function rangeOf(low: number, high: number): string {
  const [from, to] = [formatDuration(low), formatDuration(high)];
  const [number = '', unit, ...more] = from.split('\u00a0');
  const sameUnit = more.length === 0 && to.split('\u00a0').length === 2 && to.split('\u00a0')[1] === unit;
  return `${low === 0 || sameUnit ? number : from} to ${to}`;
}
