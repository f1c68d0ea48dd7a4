// SPDX-License-Identifier: Apache-2.0
import { useCallback } from 'react';
import { useSearchParams } from 'react-router';

/** What is picked out of a journey; it lives in the URL. */
export interface Selection {
  readonly delivery: string;
  readonly stamp: number | null;
  /** Whether all deliveries have lanes of their own. */
  readonly unfolded: boolean;
  /** Whether long waits keep their length. */
  readonly toScale: boolean;
  /** Whether the spans are open, and the id of the one that is read. */
  readonly spans: boolean;
  readonly span: string;
  readonly change: (parts: Changes) => void;
}

interface Changes {
  readonly delivery?: string;
  readonly stamp?: number | null;
  readonly unfolded?: boolean;
  readonly toScale?: boolean;
  readonly spans?: boolean;
  readonly span?: string;
}

export function useSelection(): Selection {
  const [search, setSearch] = useSearchParams();
  const stamp = search.get('stamp');
  const change = useCallback<Selection['change']>(
    ({ delivery, stamp: picked, unfolded, toScale, spans, span }) =>
      setSearch(
        (before) => {
          const after = new URLSearchParams(before);
          const put = (name: string, value: string | undefined) => {
            if (value === undefined) return;
            if (value === '') after.delete(name);
            else after.set(name, value);
          };
          put('delivery', delivery);
          put('stamp', picked === undefined ? undefined : picked === null ? '' : String(picked));
          put('lanes', unfolded === undefined ? undefined : unfolded ? 'all' : '');
          put('axis', toScale === undefined ? undefined : toScale ? 'true' : '');
          put('spans', spans === undefined ? undefined : spans ? 'open' : '');
          put('span', span);
          return after;
        },
        { replace: true, preventScrollReset: true },
      ),
    [setSearch],
  );
  return {
    delivery: search.get('delivery') ?? '',
    stamp: stamp === null || stamp === '' ? null : Number(stamp),
    unfolded: search.get('lanes') === 'all',
    toScale: search.get('axis') === 'true',
    spans: search.get('spans') === 'open',
    span: search.get('span') ?? '',
    change,
  };
}
