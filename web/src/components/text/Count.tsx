// SPDX-License-Identifier: Apache-2.0
import type { Filter } from '../../model/filter';
import { formatCount } from '../../model/number';
import { Door } from './Door';

/** A count in a table: a door when there is something behind it, a quiet 0 when not. */
export function Count({ count, to, label }: { readonly count: number; readonly to: Filter; readonly label: string }) {
  if (count === 0) return <span style={{ color: 'var(--ink-3)' }}>0</span>;
  return (
    <Door to={to} title={`Open these ${label}`}>
      {formatCount(count)}
    </Door>
  );
}
