// SPDX-License-Identifier: Apache-2.0
import { useState } from 'react';
import { type Delivery, deliveryName, openWait, timeTaken, wasGivenUp } from '../../model/delivery';
import { deliveryNotes, doubtWords, isEstimate } from '../../model/doubt';
import { formatDuration } from '../../model/duration';
import { EVERYTHING, type Filter, narrow } from '../../model/filter';
import { deliveryCount, type Journey, unlistedByVerdict, worstFirst } from '../../model/journey/journey';
import { countOf, formatCount } from '../../model/number';
import { hopName } from '../../model/path';
import { hopWords, reasonWords } from '../../model/verdict';
import { waitWords } from '../../model/waitWords';
import page from '../../pages/page.module.css';
import { SplitBar } from '../delivery/SplitBar';
import { moveFocus } from '../list/moveFocus';
import { StateIcon } from '../state/StateIcon';
import { Verdict } from '../state/Verdict';
import { Door } from '../text/Door';
import styles from './tables.module.css';
import type { Selection } from './useSelection';

const SHOWN = 10;

interface SectionProps {
  readonly journey: Journey;
  readonly selection: Selection;
}

/** Each delivery with its verdict and where its time went; all bars are to one scale. */
export function DeliverySection({ journey, selection }: SectionProps) {
  const [all, setAll] = useState(false);
  const ranked = worstFirst(journey.deliveries);
  const shown = ranked.filter((delivery, index) => all || index < SHOWN || delivery.id === selection.delivery);
  const rest = ranked.length - shown.length;
  const scale = Math.max(1, ...ranked.map((delivery) => timeTaken(delivery, journey.now)));
  return (
    <section className={page.block} aria-labelledby="deliveries-title">
      <h2 id="deliveries-title">
        {countOf(deliveryCount(journey), 'delivery', 'deliveries')} <span className={`quiet ${styles.aside}`}>worst first, bars to one scale of {formatDuration(scale)}</span>
      </h2>
      <div className={styles.scroll}>
        <table className={styles.table} data-testid="deliveries">
          <thead>
            <tr>
              <th>to</th>
              <th>verdict</th>
              <th>reason</th>
              <th>hop</th>
              <th className={styles.number}>retries</th>
              <th>timeliness</th>
              <th className={styles.number}>took</th>
              <th className={styles.wide}>waiting and working</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((delivery) => (
              <DeliveryLine key={delivery.id} delivery={delivery} scale={scale} now={journey.now} selection={selection} />
            ))}
          </tbody>
        </table>
      </div>
      {rest > 0 && (
        <button type="button" className={`plain ${styles.more}`} onClick={() => setAll(true)}>
          {formatCount(rest)} more
        </button>
      )}
      {journey.unlisted.length > 0 && <Unlisted journey={journey} />}
    </section>
  );
}

/** Of a message with very many deliveries only some are listed, those first that did not go well. */
function Unlisted({ journey }: { readonly journey: Journey }) {
  const said = [...unlistedByVerdict(journey)].map(([verdict, count]) => `${formatCount(count)} ${verdict.replaceAll('_', ' ')}`);
  return (
    <p className="quiet" data-testid="unlisted">
      {formatCount(journey.deliveries.length)} are listed, worst first. The others: {said.join(', ')}.
    </p>
  );
}

interface DeliveryLineProps {
  readonly delivery: Delivery;
  readonly scale: number;
  readonly now: string;
  readonly selection: Selection;
}

function DeliveryLine({ delivery, scale, now, selection }: DeliveryLineProps) {
  const open = selection.delivery === delivery.id;
  const pick = () => selection.change({ delivery: open ? '' : delivery.id });
  const like = (facets: Filter['facets']) => narrow({ ...EVERYTHING, range: '1h' }, { path: [delivery.path], ...facets });
  return (
    <>
      <tr tabIndex={0} data-row data-open={open} aria-expanded={open} onKeyDown={(event) => moveFocus(event, pick)}>
        <th scope="row">
          <button type="button" className="plain" tabIndex={-1} onClick={pick}>
            <span aria-hidden className={styles.caret}>
              {open ? '▾' : '▸'}
            </span>
            {deliveryName(delivery)}
            {delivery.recipient !== '' && delivery.destination !== '' && <span className="quiet"> via {delivery.destination}</span>}
          </button>
        </th>
        <td>
          <Verdict verdict={delivery.verdict} timeliness="" />
          {isEstimate(delivery) && <span className="quiet">, counted as an estimate</span>}
        </td>
        <td>
          <Door to={like({ reason: [delivery.reason] })} title={`${doubtWords(delivery) === '' ? '' : `Neither good nor bad: ${doubtWords(delivery)}. `}Open all deliveries of the last hour with this reason`}>
            {reasonWords(delivery.reason)}
          </Door>
        </td>
        <td>{delivery.hop === '' ? <span className="quiet">none</span> : <Door to={like({ hop: [delivery.hop] })}>{hopWords(delivery.hop)}</Door>}</td>
        <td className={styles.number}>{delivery.retries}</td>
        <td>{delivery.timeliness === '' ? <span className="quiet">not judged</span> : <span className={styles.timeliness}>{delivery.timeliness === 'late' && <StateIcon mark="late" />}{delivery.timeliness.replace('_', ' ')}</span>}</td>
        <td className={styles.number}>{formatDuration(timeTaken(delivery, now))}</td>
        <td className={styles.wide}>
          <SplitBar hops={delivery.hops} scale={scale} open={openWait(delivery, now)} givenUp={wasGivenUp(delivery)} />
        </td>
      </tr>
      {open && (
        <tr className={styles.detail}>
          <td colSpan={8}>
            <HopTable delivery={delivery} />
          </td>
        </tr>
      )}
    </>
  );
}

function HopTable({ delivery }: { readonly delivery: Delivery }) {
  const notes = deliveryNotes(delivery);
  const places = [
    ['id', delivery.id],
    ['tenant', delivery.tenant],
    ['channel', delivery.channel],
    ['region', delivery.region],
    ['device', delivery.device],
    ['provider', delivery.provider],
  ] as const;
  return (
    <div className={styles.hops}>
      <table>
        <tbody>
          {delivery.hops.map((hop) => (
            <tr key={hopName(hop)}>
              <th scope="row">
                {hopWords(hopName(hop))}
              </th>
              <td>{waitWords(hop)} waiting</td>
              <td>
                {formatDuration(hop.ownMicros)} working
                {hop.workMicros > hop.ownMicros && <span className="quiet"> of {formatDuration(hop.workMicros)}, the rest within the stages before</span>}
              </td>
              <td className="quiet">{hopName(hop) === delivery.slowestHop ? 'slowest hop' : ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="quiet">
        {places
          .filter(([, value]) => value !== '')
          .map(([name, value]) => `${name} ${value}`)
          .join(', ')}
      </p>
      {notes.length > 0 && (
        <ul className={styles.notes}>
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
    </div>
  );
}
