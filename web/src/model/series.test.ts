// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest';
import type { Ledger, LedgerRow } from './ledger';
import { bandTotal, buildSeries, dataSince, stack, stepFor } from './series';
import { buildSparks, buildStandings, keepOrder } from './standing';

const SINCE = Date.parse('2026-11-02T03:00:30Z');
const UNTIL = Date.parse('2026-11-02T03:03:30Z');

const NOTHING = { all: 0, waiting: 0, trouble: 0 };

function ledgerOf(rows: readonly LedgerRow[], since = SINCE, until = UNTIL): Ledger {
  return { rows, total: rows.reduce((sum, row) => sum + row.count, 0), exact: true, since, until };
}

describe('the series', () => {
  const series = buildSeries(
    ledgerOf([
      { minute: '2026-11-02T03:00:00Z', verdict: 'rendered', timeliness: 'in_time', count: 10 },
      { minute: '2026-11-02T03:02:00Z', verdict: 'rendered', timeliness: 'late', count: 2 },
      { minute: '2026-11-02T03:02:00Z', verdict: 'stuck', timeliness: '', count: 3 },
      { minute: '2026-11-02T03:02:00Z', verdict: 'pending', timeliness: '', count: 1 },
      { minute: '2026-11-02T03:03:00Z', verdict: 'dead_lettered', timeliness: '', count: 4 },
      { minute: '2026-11-02T03:03:00Z', verdict: 'teleported', timeliness: '', count: 5 },
    ]),
  );

  test('has a step for every minute, empty ones too', () => {
    expect(series.starts.map((start) => new Date(start * 1000).toISOString().slice(11, 16))).toEqual(['03:00', '03:01', '03:02', '03:03']);
  });

  test('puts each verdict into its band; one never heard of is not judged', () => {
    expect(series.bands).toEqual({ in_time: [10, 0, 0, 0], late: [0, 0, 2, 0], waiting: [0, 0, 4, 0], bad: [0, 0, 0, 4], unknown: [0, 0, 0, 5] });
    expect(series.total).toBe(25);
    expect(bandTotal(series, 'waiting')).toBe(4);
  });

  test('knows the steps that are not whole: where the range or the data begins, and now', () => {
    expect([...series.partial]).toEqual([0, 3]);
    const row = { minute: '2026-11-02T03:02:00Z', verdict: 'rendered', timeliness: 'in_time', count: 1 };
    expect([...buildSeries(ledgerOf([row], Date.parse('2026-11-02T03:00:00Z'), Date.parse('2026-11-02T03:04:00Z'))).partial]).toEqual([2]);
    expect([...buildSeries(ledgerOf([{ ...row, minute: '2026-11-02T03:00:00Z' }], Date.parse('2026-11-02T03:00:00Z'), Date.parse('2026-11-02T03:04:00Z'))).partial]).toEqual([]);
  });

  test('tells from when there is data, to the second when the server began within that minute', () => {
    const rows = ledgerOf([{ minute: '2026-11-02T03:02:00Z', verdict: 'rendered', count: 1 }]);
    const started = Date.parse('2026-11-02T03:02:40Z');
    expect(dataSince(rows, 0)).toBe(Date.parse('2026-11-02T03:02:00Z'));
    expect(dataSince(rows, started)).toBe(started);
    expect(dataSince(rows, started + 60_000)).toBe(Date.parse('2026-11-02T03:02:00Z'));
    expect(dataSince(ledgerOf([]), started)).toBe(SINCE);
  });

  test('stacks from the first band up', () => {
    expect(stack(series, ['bad', 'late', 'waiting'])).toEqual([[0, 0, 0, 4], [0, 0, 2, 4], [0, 0, 6, 4]]);
  });

  test.each([
    [900, 60],
    [3600, 60],
    [21_600, 300],
    [86_400, 900],
    [30 * 86_400, 86_400],
  ])('a window of %i s has steps of %i s', (window, step) => {
    expect(stepFor(window)).toBe(step);
  });
});

describe('the standings', () => {
  const ledger = ledgerOf([
    { tenant: 'acme', verdict: 'rendered', timeliness: 'in_time', reason: 'Rendered', hop: '', count: 90 },
    { tenant: 'acme', verdict: 'stuck', timeliness: '', reason: 'StuckAtConsume', hop: 'published-consumed', count: 6 },
    { tenant: 'acme', verdict: 'failed', timeliness: '', reason: 'RateLimited', hop: 'processed-invoked', count: 4 },
    { tenant: 'hooli', verdict: 'rendered', timeliness: 'in_time', reason: 'Rendered', hop: '', count: 500 },
    { tenant: 'tyrell', verdict: 'pending', timeliness: '', reason: 'Waiting', hop: '', count: 2 },
  ]);
  const standings = buildStandings(ledger, 'tenant');

  test('put the most trouble first and name what is worst', () => {
    expect(standings.map((standing) => standing.value)).toEqual(['acme', 'hooli', 'tyrell']);
    expect(standings[0]).toMatchObject({ total: 100, share: 0.9, worst: { reason: 'StuckAtConsume', hop: 'published-consumed', count: 6 } });
    expect(standings[1]).toMatchObject({ share: 1, worst: null });
  });

  test('judge nothing before a deadline has spoken', () => {
    expect(standings[2]).toMatchObject({ total: 2, share: null });
  });

  test('keep the order they were shown in, newcomers last', () => {
    expect(keepOrder(['tyrell', 'acme'], standings).map((standing) => standing.value)).toEqual(['tyrell', 'acme', 'hooli']);
  });

  test('have sparklines that add up to their deliveries', () => {
    const sparks = buildSparks(ledgerOf([
      { tenant: 'acme', minute: '2026-11-02T03:01:00Z', verdict: 'rendered', timeliness: 'in_time', count: 7 },
      { tenant: 'acme', minute: '2026-11-02T03:01:00Z', verdict: 'failed', timeliness: '', count: 2 },
    ]), 'tenant');
    expect(sparks.get('acme')).toEqual([NOTHING, { all: 9, waiting: 0, trouble: 2 }, NOTHING, NOTHING]);
  });
});
