// SPDX-License-Identifier: Apache-2.0
import type { Filter } from '../../model/filter';
import { formatCount } from '../../model/number';
import { Approx } from './Approx';
import { Door } from './Door';

interface CountProps {
  readonly count: number;
  readonly to: Filter;
  readonly label: string;
  readonly estimated?: boolean;
}

/** A count in a table: a door when there is something behind it, a quiet 0 when not. */
export function Count({ count, to, label, estimated = false }: CountProps) {
  if (count === 0) return <span style={{ color: 'var(--ink-3)' }}>0</span>;
  return (
    <>
      <Approx estimated={estimated} />
      <Door to={to} title={`Open these ${label}`}>
        {formatCount(count)}
      </Door>
    </>
  );
}
