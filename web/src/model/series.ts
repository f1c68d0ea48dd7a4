// SPDX-License-Identifier: Apache-2.0
import type { Ledger } from './ledger';
import { type Band, bandOf } from './verdict';

/** Deliveries by band in equal steps of time. Everything in seconds since 1970, as the chart wants it. */
export interface Series {
  readonly stepSeconds: number;
  readonly starts: readonly number[];
  readonly bands: Readonly<Record<Band, readonly number[]>>;
  readonly total: number;
}

const STEPS = [60, 300, 900, 3600, 21_600, 86_400];
const MOST_STEPS = 100;

/** The smallest step that keeps a window under a hundred bars. */
export function stepFor(windowSeconds: number): number {
  return STEPS.find((step) => windowSeconds / step <= MOST_STEPS) ?? 86_400;
}

/** Folds a ledger by minute, verdict and timeliness into bars; steps without deliveries are zeros. */
export function buildSeries(ledger: Ledger): Series {
  const since = ledger.since / 1000;
  const until = ledger.until / 1000;
  const step = stepFor(until - since);
  const first = Math.floor(since / step) * step;
  const length = Math.max(1, Math.ceil((until - first) / step));
  const bands = emptyBands(length);
  let total = 0;
  for (const row of ledger.rows) {
    const index = Math.floor((Date.parse(row.minute ?? '') / 1000 - first) / step);
    const band = bands[bandOf(row.verdict ?? '', row.timeliness ?? '')];
    if (index < 0 || index >= length) continue;
    band[index] = (band[index] ?? 0) + row.count;
    total += row.count;
  }
  return { stepSeconds: step, starts: Array.from({ length }, (_, index) => first + index * step), bands, total };
}

/** Cumulated from the first band up, so that drawing from the last to the first stacks them. */
export function stack(series: Series, bands: readonly Band[]): readonly (readonly number[])[] {
  let below: readonly number[] = series.starts.map(() => 0);
  return bands.map((band) => {
    below = below.map((count, index) => count + (series.bands[band][index] ?? 0));
    return below;
  });
}

export function bandTotal(series: Series, band: Band): number {
  return series.bands[band].reduce((sum, count) => sum + count, 0);
}

function emptyBands(length: number): Record<Band, number[]> {
  const zeros = () => Array.from({ length }, () => 0);
  return { in_time: zeros(), late: zeros(), waiting: zeros(), bad: zeros(), unknown: zeros() };
}
