// SPDX-License-Identifier: Apache-2.0
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { type Filter, filterToSearch } from '../../model/filter';

interface DoorProps {
  readonly to: Filter;
  readonly title?: string | undefined;
  readonly className?: string | undefined;
  readonly children: ReactNode;
}

/** A number or name that opens as the deliveries behind it. */
export function Door({ to, title, className, children }: DoorProps) {
  return (
    <Link to={{ pathname: '/messages', search: filterToSearch(to) }} title={title} className={className}>
      {children}
    </Link>
  );
}
