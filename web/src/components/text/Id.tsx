// SPDX-License-Identifier: Apache-2.0
import { CopyButton } from './CopyButton';
import styles from './text.module.css';

/** An id: monospaced, whole on hover, copied by a click. */
export function Id({ id }: { readonly id: string }) {
  if (id === '') return <span className="quiet">none</span>;
  return (
    <CopyButton text={() => id} className={`plain ${styles.id}`} title={`${id} (click to copy)`}>
      {id}
    </CopyButton>
  );
}
