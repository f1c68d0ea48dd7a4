// SPDX-License-Identifier: Apache-2.0
import { Link } from 'react-router';
import { type Delivery, openWait, timeTaken, wasGivenUp } from '../../model/delivery';
import { formatDuration } from '../../model/duration';
import { countOf } from '../../model/number';
import { hopWords, reasonWords, stateOf } from '../../model/verdict';
import { moveFocus } from '../list/moveFocus';
import { Verdict } from '../state/Verdict';
import { Ago } from '../text/Ago';
import styles from './delivery.module.css';
import { SplitBar } from './SplitBar';

/** One delivery on one line; all of it is a link to its journey. */
export function DeliveryRow({ delivery, now }: { readonly delivery: Delivery; readonly now: string }) {
  const good = stateOf(delivery.verdict) === 'good';
  const place = delivery.hop || (good ? '' : delivery.slowestHop);
  return (
    <Link
      to={{ pathname: `/messages/${encodeURIComponent(delivery.key)}`, search: `?delivery=${encodeURIComponent(delivery.id)}` }}
      className={styles.row}
      data-good={good}
      onKeyDown={(event) => moveFocus(event, () => event.currentTarget.click())}
    >
      <span className={styles.ago}>
        <Ago time={delivery.started} />
      </span>
      <Verdict verdict={delivery.verdict} timeliness={delivery.timeliness} />
      <span className={`mono ${styles.key}`} title={delivery.key}>
        {delivery.key}
      </span>
      <span className={styles.to} title={`${delivery.recipient} ${delivery.destination}`}>
        {delivery.recipient || delivery.destination || '·'}
        {delivery.recipient !== '' && delivery.destination !== '' && <span className="quiet"> via {delivery.destination}</span>}
      </span>
      <span className={styles.who} title={`path ${delivery.path}, tenant ${delivery.tenant || 'not set'}, channel ${delivery.channel || 'not set'}`}>
        {delivery.path}
        {delivery.tenant !== '' && <span className="quiet"> for {delivery.tenant}</span>}
      </span>
      <span className={styles.why}>
        {!good && <span title={delivery.reason}>{reasonWords(delivery.reason)}</span>}
        {place !== '' && <span className="quiet"> {hopWords(place)}</span>}
        {delivery.retries > 0 && <span className="quiet"> after {countOf(delivery.retries, 'retry', 'retries')}</span>}
      </span>
      <span className={styles.latency}>{formatDuration(timeTaken(delivery, now))}</span>
      <SplitBar hops={delivery.hops} open={openWait(delivery, now)} givenUp={wasGivenUp(delivery)} />
    </Link>
  );
}
