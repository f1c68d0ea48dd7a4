// SPDX-License-Identifier: Apache-2.0
import type { Facet } from './filter';

export type LedgerDimension = Facet | 'minute';

/** One exact count; it holds the dimensions that were asked for. */
export type LedgerRow = Readonly<Partial<Record<LedgerDimension, string>> & { count: number }>;

export interface Ledger {
  readonly rows: readonly LedgerRow[];
  readonly total: number;
  readonly exact: boolean;
  /** The window that was counted, in milliseconds since 1970. */
  readonly since: number;
  readonly until: number;
}
