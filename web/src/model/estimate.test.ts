// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest';
import { isJudgedEstimated, isTotalEstimated, sumCounts } from './counts';
import { EVERYTHING } from './filter';
import type { LedgerRow } from './ledger';
import { estimatedPaths, onTimeFacts } from './onTime';
import { sentenceText, writeSentence } from './sentence';
import { buildSeries, isBandEstimated } from './series';

const SINCE = Date.parse('2026-11-02T03:00:00Z');
const EXACT: LedgerRow = { path: 'chat', minute: '2026-11-02T03:00:00Z', verdict: 'rendered', timeliness: 'in_time', count: 900 };
const UNVERIFIABLE: LedgerRow = { path: 'orders', minute: '2026-11-02T03:01:00Z', verdict: 'unverifiable', timeliness: '', count: 4, estimated: true };
const SAMPLED: LedgerRow = { path: 'push', minute: '2026-11-02T03:01:00Z', verdict: 'sent', timeliness: 'late', count: 100, estimated: true };

const ledgerOf = (rows: readonly LedgerRow[]) => ({ rows, total: 0, exact: !rows.some((row) => row.estimated), since: SINCE, until: SINCE + 120_000 });
const sentenceOf = (rows: readonly LedgerRow[]) => sentenceText(writeSentence(onTimeFacts(ledgerOf(rows), [], EVERYTHING, SINCE), EVERYTHING)).replaceAll('\u00a0', ' ');

describe('a number is marked as an estimate', () => {
  test('nowhere while all rows are exact', () => {
    expect(isTotalEstimated(sumCounts([EXACT]))).toBe(false);
    expect(sentenceOf([EXACT])).not.toContain('≈');
  });

  test('where it counts what cannot be verified, and in the total, but not among the judged', () => {
    const counts = sumCounts([EXACT, UNVERIFIABLE]);
    expect(counts.estimated).toEqual(['unknown']);
    expect([isTotalEstimated(counts), isJudgedEstimated(counts)]).toEqual([true, false]);
    expect(sentenceOf([EXACT, UNVERIFIABLE])).toBe('All 900 deliveries were in time over the last 15 min, ≈ 7.53 a second. None is stuck; ≈ 4 cannot be judged.');
  });

  test('with the share, where some of the judged were sampled away', () => {
    expect(isJudgedEstimated(sumCounts([EXACT, SAMPLED]))).toBe(true);
    expect(sentenceOf([EXACT, SAMPLED])).toMatch(/^≈ 90.0 % of ≈ 1,000 deliveries were in time/);
  });

  test('once, however many rows say so', () => {
    expect(sumCounts([SAMPLED, SAMPLED]).estimated).toEqual(['late']);
  });

  test('in the chart by band, and in its steps only where it is one', () => {
    const series = buildSeries(ledgerOf([EXACT, SAMPLED]));
    expect([isBandEstimated(series, 'late', null), isBandEstimated(series, 'late', 0), isBandEstimated(series, 'late', 1)]).toEqual([true, false, true]);
    expect(isBandEstimated(series, 'in_time', null)).toBe(false);
  });

  test('for the path that it is of', () => {
    expect([...estimatedPaths(ledgerOf([EXACT, UNVERIFIABLE]))]).toEqual(['orders']);
  });
});
