// SPDX-License-Identifier: Apache-2.0
import { ESTIMATED } from '../../model/number';

/** Stands before a number that is an estimate; nothing before an exact one. */
export function Approx({ estimated }: { readonly estimated: boolean }) {
  if (!estimated) return null;
  return (
    <span className="quiet" role="img" aria-label="estimated" title={ESTIMATED}>
      ≈&nbsp;
    </span>
  );
}
