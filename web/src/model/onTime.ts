// SPDX-License-Identifier: Apache-2.0
import { sumCounts, tallyBy } from './counts';
import type { Filter } from './filter';
import type { Ledger } from './ledger';
import type { Path } from './path';
import { type Facts, pickTail } from './sentence';
import { stateOf } from './verdict';

/** The facts of the home page's sentence, from a ledger by verdict, timeliness, reason and hop. */
export function onTimeFacts(ledger: Ledger, paths: readonly Path[], filter: Filter): Facts {
  const narrowed = filter.facets.tenant ?? filter.facets.channel ?? filter.facets.destination;
  return {
    counts: sumCounts(ledger.rows),
    // The window that was counted, which begins with a whole minute.
    seconds: Math.max(1, (ledger.until - ledger.since) / 1000),
    stuckHops: tallyBy(ledger.rows.filter((row) => row.verdict === 'stuck'), (row) => row.hop ?? ''),
    badReasons: tallyBy(ledger.rows.filter((row) => stateOf(row.verdict ?? '') === 'bad'), (row) => row.reason ?? ''),
    // The paths' quantiles know no tenant, channel or destination: under such a filter they would not be its tail.
    tail: narrowed ? null : pickTail(paths),
    manyPaths: paths.length > 1,
  };
}
