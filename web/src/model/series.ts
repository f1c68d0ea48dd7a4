// SPDX-License-Identifier: Apache-2.0
import type { Ledger } from './ledger';
import { type Band, BANDS, bandOf } from './verdict';

/** Deliveries by band in equal steps of time. Everything in seconds since 1970, as the chart wants it. */
export interface Series {
  readonly stepSeconds: number;
  readonly starts: readonly number[];
  readonly bands: Readonly<Record<Band, readonly number[]>>;
  readonly total: number;
  /** Steps of a band whose count is an estimate. */
  readonly estimated: Readonly<Record<Band, ReadonlySet<number>>>;
  /** Steps that are not whole: the one in which the data begins, and the one that is not over. */
  readonly partial: ReadonlySet<number>;
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
  const estimated = noSteps();
  let total = 0;
  for (const row of ledger.rows) {
    const index = Math.floor((Date.parse(row.minute ?? '') / 1000 - first) / step);
    const band = bandOf(row.verdict ?? '', row.timeliness ?? '');
    if (index < 0 || index >= length) continue;
    bands[band][index] = (bands[band][index] ?? 0) + row.count;
    if (row.estimated) estimated[band].add(index);
    total += row.count;
  }
  const starts = Array.from({ length }, (_, index) => first + index * step);
  return { stepSeconds: step, starts, bands, total, estimated, partial: partialSteps({ starts, bands, since, until, step }) };
}

interface Steps {
  readonly starts: readonly number[];
  readonly bands: Series['bands'];
  readonly since: number;
  readonly until: number;
  readonly step: number;
}

function partialSteps({ starts, bands, since, until, step }: Steps): ReadonlySet<number> {
  const partial = new Set<number>();
  const begins = starts.findIndex((_, index) => BANDS.some((band) => (bands[band][index] ?? 0) > 0));
  if (begins > 0 || (starts[0] ?? since) < since) partial.add(Math.max(0, begins));
  if ((starts.at(-1) ?? 0) + step > until) partial.add(starts.length - 1);
  return partial;
}

/**
 * Milliseconds since 1970 from which a ledger by minute has data: a range may reach back
 * to before the first delivery. A server that started within that minute knows it better.
 */
export function dataSince(ledger: Ledger, serverStarted: number): number {
  const first = ledger.rows.reduce((least, row) => Math.min(least, Date.parse(row.minute ?? '')), Infinity);
  if (!Number.isFinite(first)) return ledger.since;
  const since = Math.max(ledger.since, first);
  return serverStarted > since && serverStarted < first + 60_000 ? serverStarted : since;
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

/** Whether a band's count is an estimate, in one step or (null) over all of them. */
export function isBandEstimated(series: Series, band: Band, step: number | null): boolean {
  return step === null ? series.estimated[band].size > 0 : series.estimated[band].has(step);
}

function noSteps(): Record<Band, Set<number>> {
  return { in_time: new Set(), late: new Set(), waiting: new Set(), bad: new Set(), unknown: new Set() };
}

function emptyBands(length: number): Record<Band, number[]> {
  const zeros = () => Array.from({ length }, () => 0);
  return { in_time: zeros(), late: zeros(), waiting: zeros(), bad: zeros(), unknown: zeros() };
}
