// SPDX-License-Identifier: Apache-2.0
import type { Facet } from './filter';

export type LedgerDimension = Facet | 'minute';

/**
 * One count; it holds the dimensions that were asked for. It is exact unless it says that
 * it is estimated: then it counts what cannot be verified, or whose like was sampled away.
 */
export type LedgerRow = Readonly<Partial<Record<LedgerDimension, string>> & { count: number; estimated?: boolean }>;

export interface Ledger {
  readonly rows: readonly LedgerRow[];
  readonly total: number;
  readonly exact: boolean;
  /** The window that was counted, in milliseconds since 1970. */
  readonly since: number;
  readonly until: number;
}
