// SPDX-License-Identifier: Apache-2.0
import { useState } from 'react';
import { formatDuration, formatOffset } from '../../model/duration';
import { formatAbsolute } from '../../model/instant';
import type { Join, Journey, Stamp } from '../../model/journey/journey';
import { sharedWords, tellingJoins } from '../../model/journey/joinWords';
import { countOf, formatCount } from '../../model/number';
import page from '../../pages/page.module.css';
import { moveFocus } from '../list/moveFocus';
import { StateIcon } from '../state/StateIcon';
import { Id } from '../text/Id';
import { JoinedBy } from './JoinedBy';
import styles from './tables.module.css';
import type { Selection } from './useSelection';

const SHOWN = 30;

interface StampSectionProps {
  readonly journey: Journey;
  readonly selection: Selection;
}

/** Every stamp in the order of time; a click shows its ids. */
export function StampSection({ journey, selection }: StampSectionProps) {
  const [all, setAll] = useState(false);
  const ordered = [...journey.stamps].sort((a, b) => a.offsetMicros - b.offsetMicros || a.index - b.index);
  const shown = ordered.filter((stamp, place) => all || place < SHOWN || stamp.index === selection.stamp);
  const joins = tellingJoins(journey);
  const rest = ordered.length - shown.length;
  return (
    <section className={page.block} aria-labelledby="stamps-title">
      <h2 id="stamps-title">{countOf(journey.stamps.length, 'stamp', 'stamps')}</h2>
      <div className={styles.scroll}>
        <table className={styles.table} data-testid="stamps">
          <thead>
            <tr>
              <th className={styles.number}>after</th>
              <th className={styles.number}>work</th>
              <th>stage</th>
              <th>service</th>
              <th>span</th>
              {joins.size > 0 && <th>joined by</th>}
              <th>outcome</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((stamp) => (
              <StampLine key={stamp.index} stamp={stamp} joins={joins} selection={selection} />
            ))}
          </tbody>
        </table>
      </div>
      {rest > 0 && (
        <button type="button" className={`plain ${styles.more}`} onClick={() => setAll(true)}>
          {formatCount(rest)} more
        </button>
      )}
    </section>
  );
}

interface StampLineProps {
  readonly stamp: Stamp;
  readonly joins: ReadonlyMap<number, Join>;
  readonly selection: Selection;
}

function StampLine({ stamp, joins, selection }: StampLineProps) {
  const join = joins.get(stamp.index);
  const open = selection.stamp === stamp.index;
  const pick = () => selection.change({ stamp: open ? null : stamp.index });
  return (
    <>
      <tr tabIndex={0} data-row aria-expanded={open} onKeyDown={(event) => moveFocus(event, pick)} onClick={pick} style={{ cursor: 'pointer' }}>
        <td className={styles.number} title={formatAbsolute(stamp.start)}>
          {formatOffset(stamp.offsetMicros)}
        </td>
        <td className={styles.number}>{formatDuration(stamp.workMicros)}</td>
        <th scope="row">{stamp.stage || <span className="quiet">inner step</span>}</th>
        <td>{stamp.service}</td>
        <td>
          {stamp.name}
          {stamp.recipient !== '' && <span className="quiet"> for {stamp.recipient}</span>}
          {stamp.shared > 1 && <span className="quiet"> {sharedWords(stamp)}</span>}
        </td>
        {joins.size > 0 && <td>{join && <JoinedBy join={join} />}</td>}
        <td>{stamp.error ? <span className={styles.failed}><StateIcon mark="bad" /> {[stamp.category, stamp.detail].filter(Boolean).join(', ') || 'error'}</span> : <span className="quiet">ok{stamp.attempt > 0 ? `, try ${stamp.attempt + 1}` : ''}</span>}</td>
      </tr>
      {open && (
        <tr className={styles.detail}>
          <td colSpan={joins.size > 0 ? 7 : 6}>
            trace <Id id={stamp.traceId} />, span <Id id={stamp.spanId} />, parent <Id id={stamp.parentSpanId} />, log position {formatCount(stamp.position)}
          </td>
        </tr>
      )}
    </>
  );
}
