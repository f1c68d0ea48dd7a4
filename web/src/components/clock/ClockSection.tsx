// SPDX-License-Identifier: Apache-2.0
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { clocksQuery } from '../../api/clocks';
import { clocksSentence, driftWords, isWrong, offsetWords, type SourceClock } from '../../model/clock';
import { formatCount } from '../../model/number';
import page from '../../pages/page.module.css';
import { StateIcon } from '../state/StateIcon';
import { Ago } from '../text/Ago';
import styles from './clock.module.css';

const SHOWN = 8;

/** Whether the times can be believed: one line while all clocks agree, else the wrong ones. */
export function ClockSection() {
  const { data } = useQuery(clocksQuery);
  const [all, setAll] = useState(false);
  if (!data || data.length === 0) return null;
  const wrong = data.filter(isWrong);
  const rest = all ? 0 : Math.max(0, wrong.length - SHOWN);
  return (
    <section className={page.block} aria-label="Clocks" data-testid="clocks">
      {wrong.length === 0 ? (
        <p className="quiet">{clocksSentence(data)}</p>
      ) : (
        <>
          <h2>
            Clocks <span className={`quiet ${styles.aside}`}>{clocksSentence(data)}</span>
          </h2>
          <ul className={styles.clocks}>
            {wrong.slice(0, wrong.length - rest).map((clock) => (
              <ClockLine key={clock.host} clock={clock} />
            ))}
          </ul>
          {rest > 0 && (
            <button type="button" className={`plain ${styles.more}`} onClick={() => setAll(true)}>
              {formatCount(rest)} more
            </button>
          )}
        </>
      )}
    </section>
  );
}

function ClockLine({ clock }: { readonly clock: SourceClock }) {
  const drift = driftWords(clock.driftPpm);
  return (
    <li>
      <span className={styles.host}>{clock.host}</span>
      <span>{offsetWords(clock)}</span>
      <span className="quiet">{drift}</span>
      <span className="quiet">
        since <Ago time={clock.since} />
      </span>
      {clock.suspect && (
        <span className={styles.suspect} title="It was seen to jump, or contradicts itself">
          <StateIcon mark="unverifiable" /> suspect
        </span>
      )}
    </li>
  );
}
