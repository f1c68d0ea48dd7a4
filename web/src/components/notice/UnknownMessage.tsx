// SPDX-License-Identifier: Apache-2.0
import { Link } from 'react-router';
import { EVERYTHING, filterToSearch } from '../../model/filter';
import page from '../../pages/page.module.css';

/** Nothing is known by this id: why that may be, and where to look next. */
export function UnknownMessage({ id, detail }: { readonly id: string; readonly detail: string }) {
  return (
    <section data-testid="unknown">
      <p className={page.lead}>
        Nothing is known of <span className="mono">{id}</span>.
      </p>
      <p className={page.explain}>
        {detail} If the message is very new, wait a moment: this page looks again by itself. If it is old, its retention may have passed. Otherwise its spans never came here, or they carry the id under a name that Hopstamp does not read; a message key, message id, conversation id or trace id will do.
      </p>
      <div className={page.actions}>
        <Link className="action" to={{ pathname: '/messages', search: filterToSearch({ ...EVERYTHING, range: '1d', query: id }) }}>
          Search the deliveries of the last day
        </Link>
        <Link className="action" to="/messages">
          Newest deliveries
        </Link>
      </div>
    </section>
  );
}
