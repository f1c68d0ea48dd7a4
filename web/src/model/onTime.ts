// SPDX-License-Identifier: Apache-2.0
import { sumCounts, tallyBy } from './counts';
import type { Filter } from './filter';
import type { Ledger } from './ledger';
import type { Path } from './path';
import { type Facts, pickTail } from './sentence';
import { stateOf } from './verdict';

/** Data over less than this part of the range does not speak for the range. */
const MOSTLY = 0.9;

/**
 * The facts of the home page's sentence, from a ledger by path, verdict, timeliness, reason and hop.
 * The data begins at `since`, milliseconds since 1970, which may be after the range does.
 */
export function onTimeFacts(ledger: Ledger, paths: readonly Path[], filter: Filter, since: number): Facts {
  const narrowed = filter.facets.tenant ?? filter.facets.channel ?? filter.facets.destination;
  return {
    counts: sumCounts(ledger.rows),
    seconds: Math.max(1, (ledger.until - since) / 1000),
    since: ledger.until - since < (ledger.until - ledger.since) * MOSTLY ? since : null,
    stuckHops: tallyBy(ledger.rows.filter((row) => row.verdict === 'stuck'), (row) => row.hop ?? ''),
    badReasons: tallyBy(ledger.rows.filter((row) => stateOf(row.verdict ?? '') === 'bad'), (row) => row.reason ?? ''),
    // The paths' quantiles know no tenant, channel or destination: under such a filter they would not be its tail.
    tail: narrowed ? null : pickTail(paths),
    manyPaths: paths.length > 1,
  };
}

/** The paths whose deliveries can only be estimated, from the same ledger. */
export function estimatedPaths(ledger: Ledger): ReadonlySet<string> {
  return new Set(ledger.rows.filter((row) => row.estimated).map((row) => row.path ?? ''));
}
