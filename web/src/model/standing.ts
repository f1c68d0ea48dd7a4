// SPDX-License-Identifier: Apache-2.0
import { addRow, type Counts, inTimeShare, NO_COUNTS, tallyBy, total, trouble } from './counts';
import type { Facet } from './filter';
import type { Ledger, LedgerRow } from './ledger';
import { buildSeries } from './series';
import { BANDS, type Band, stateOf } from './verdict';

/** How one value of a dimension stands: one line of a table. */
export interface Standing {
  readonly value: string;
  readonly counts: Counts;
  readonly total: number;
  readonly share: number | null;
  /** What goes wrong most often here; null when nothing does. */
  readonly worst: Worst | null;
}

export interface Worst {
  readonly reason: string;
  readonly hop: string;
  readonly count: number;
}

/** One step of a sparkline. */
export interface SparkStep {
  readonly all: number;
  readonly waiting: number;
  /** Late or bad. */
  readonly trouble: number;
}

/** Lines from a ledger by the dimension, verdict, timeliness, reason and hop; most trouble first, then most deliveries. */
export function buildStandings(ledger: Ledger, dimension: Facet): readonly Standing[] {
  return [...groupBy(ledger.rows, (row) => row[dimension] ?? '')]
    .map(([value, rows]) => standingOf(value, rows))
    .sort((a, b) => trouble(b.counts) - trouble(a.counts) || b.total - a.total || a.value.localeCompare(b.value));
}

/**
 * Rows keep their place while the page is live: those already shown stay in the
 * order they had, newcomers follow at the end.
 */
export function keepOrder(shown: readonly string[], standings: readonly Standing[]): readonly Standing[] {
  const place = new Map(shown.map((value, index) => [value, index]));
  const at = (standing: Standing) => place.get(standing.value) ?? shown.length;
  return [...standings].sort((a, b) => at(a) - at(b));
}

/** Sparklines by value from a ledger by the dimension, minute, verdict and timeliness. */
export function buildSparks(ledger: Ledger, dimension: Facet): ReadonlyMap<string, readonly SparkStep[]> {
  const sparks = new Map<string, readonly SparkStep[]>();
  for (const [value, rows] of groupBy(ledger.rows, (row) => row[dimension] ?? '')) {
    const { bands, starts } = buildSeries({ ...ledger, rows });
    const at = (band: Band, index: number) => bands[band][index] ?? 0;
    const steps = starts.map((_, index) => ({
      all: BANDS.reduce((sum, band) => sum + at(band, index), 0),
      waiting: at('waiting', index),
      trouble: at('late', index) + at('bad', index),
    }));
    sparks.set(value, coarsen(steps));
  }
  return sparks;
}

function standingOf(value: string, rows: readonly LedgerRow[]): Standing {
  const counts = rows.reduce(addRow, NO_COUNTS);
  const wrong = rows.filter((row) => row.verdict === 'stuck' || stateOf(row.verdict ?? '') === 'bad');
  const [most] = tallyBy(wrong, (row) => `${row.reason ?? ''} ${row.hop ?? ''}`);
  const [reason = '', hop = ''] = most?.value.split(' ') ?? [];
  return {
    value,
    counts,
    total: total(counts),
    share: inTimeShare(counts),
    worst: most ? { reason, hop, count: most.count } : null,
  };
}

const SPARK_STEPS = 30;

/** At most thirty steps, so that a sparkline's bars stay apart. */
function coarsen(steps: readonly SparkStep[]): readonly SparkStep[] {
  const width = Math.ceil(steps.length / SPARK_STEPS);
  return Array.from({ length: Math.ceil(steps.length / width) }, (_, index) =>
    steps.slice(index * width, (index + 1) * width).reduce(
      (sum, step) => ({ all: sum.all + step.all, waiting: sum.waiting + step.waiting, trouble: sum.trouble + step.trouble }),
      { all: 0, waiting: 0, trouble: 0 },
    ),
  );
}

function groupBy(rows: readonly LedgerRow[], value: (row: LedgerRow) => string): ReadonlyMap<string, readonly LedgerRow[]> {
  const groups = new Map<string, LedgerRow[]>();
  for (const row of rows) {
    const group = groups.get(value(row));
    if (group) group.push(row);
    else groups.set(value(row), [row]);
  }
  return groups;
}
