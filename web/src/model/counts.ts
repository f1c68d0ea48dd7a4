// SPDX-License-Identifier: Apache-2.0
import type { LedgerRow } from './ledger';
import { bandOf } from './verdict';

/** Deliveries by what became of them. `waiting` is on the way and not stuck. */
export interface Counts {
  readonly inTime: number;
  readonly late: number;
  readonly waiting: number;
  readonly stuck: number;
  readonly bad: number;
  readonly unknown: number;
  /** Which of these are estimates; the others are exact. */
  readonly estimated: readonly CountName[];
}

export type CountName = 'inTime' | 'late' | 'waiting' | 'stuck' | 'bad' | 'unknown';

/** What the deadline has judged. */
const JUDGED: readonly CountName[] = ['inTime', 'late', 'stuck', 'bad'];

export interface Tally {
  readonly value: string;
  readonly count: number;
}

export const NO_COUNTS: Counts = { inTime: 0, late: 0, waiting: 0, stuck: 0, bad: 0, unknown: 0, estimated: [] };

export function sumCounts(rows: readonly LedgerRow[]): Counts {
  return rows.reduce(addRow, NO_COUNTS);
}

export function addRow(counts: Counts, row: LedgerRow): Counts {
  const field = fieldOf(row);
  const estimated = row.estimated && !counts.estimated.includes(field) ? [...counts.estimated, field] : counts.estimated;
  return { ...counts, [field]: counts[field] + row.count, estimated };
}

/** Whether the number of all deliveries is an estimate. */
export function isTotalEstimated(counts: Counts): boolean {
  return counts.estimated.length > 0;
}

/** Whether the number of judged deliveries is an estimate, and with it the share in time. */
export function isJudgedEstimated(counts: Counts): boolean {
  return counts.estimated.some((name) => JUDGED.includes(name));
}

/** Deliveries whose deadline has spoken: in time, late, bad or stuck. The rest waits or cannot be judged. */
export function judged(counts: Counts): number {
  return counts.inTime + counts.late + counts.bad + counts.stuck;
}

export function total(counts: Counts): number {
  return judged(counts) + counts.waiting + counts.unknown;
}

/** What someone should look at. */
export function trouble(counts: Counts): number {
  return counts.late + counts.bad + counts.stuck;
}

/** The share of the judged that was in time; null while none is judged. */
export function inTimeShare(counts: Counts): number | null {
  const of = judged(counts);
  return of === 0 ? null : counts.inTime / of;
}

/** The values of one dimension, greatest count first; equal counts by name so that the order is the same each time. */
export function tallyBy(rows: readonly LedgerRow[], value: (row: LedgerRow) => string): readonly Tally[] {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(value(row), (counts.get(value(row)) ?? 0) + row.count);
  return [...counts]
    .map(([name, count]) => ({ value: name, count }))
    .sort((a, b) => b.count - a.count || a.value.localeCompare(b.value));
}

function fieldOf(row: LedgerRow): CountName {
  if (row.verdict === 'stuck') return 'stuck';
  const band = bandOf(row.verdict ?? '', row.timeliness ?? '');
  return band === 'in_time' ? 'inTime' : band;
}
