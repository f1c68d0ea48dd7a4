// SPDX-License-Identifier: Apache-2.0
import { ApiError } from '../../api/request';
import { StateIcon } from '../state/StateIcon';
import styles from './notice.module.css';

/** An error in words that say what to do. */
export function Problem({ error, retry }: { readonly error: Error; readonly retry: () => void }) {
  const title = error instanceof ApiError ? error.title : 'This page could not be drawn';
  return (
    <section className={styles.problem} role="alert">
      <StateIcon mark="bad" />
      <div>
        <h2>{title}</h2>
        <p>{error.message}</p>
        <button type="button" className="action" onClick={retry}>
          Try again
        </button>
      </div>
    </section>
  );
}
