// SPDX-License-Identifier: Apache-2.0
import { formatAbsolute, formatRelative } from '../../model/instant';
import { useNow } from '../live/LiveProvider';

/** A time as a distance from now; the absolute time on hover. */
export function Ago({ time }: { readonly time: string }) {
  const now = useNow();
  return (
    <time dateTime={time} title={formatAbsolute(time)}>
      {formatRelative(Date.parse(time), now)}
    </time>
  );
}
