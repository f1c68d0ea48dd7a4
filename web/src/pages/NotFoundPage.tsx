// SPDX-License-Identifier: Apache-2.0
import { useDocumentTitle } from '@mantine/hooks';
import { Link } from 'react-router';
import styles from './page.module.css';

export function NotFoundPage() {
  useDocumentTitle('No such page. Hopstamp');
  return (
    <>
      <h1 className={styles.lead}>There is no page at this address.</h1>
      <p className={styles.explain}>The link may come from another version of Hopstamp.</p>
      <div className={styles.actions}>
        <Link className="action" to="/">
          Are deliveries on time?
        </Link>
        <Link className="action" to="/messages">
          What happened to this message?
        </Link>
      </div>
    </>
  );
}
