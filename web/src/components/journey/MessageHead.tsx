// SPDX-License-Identifier: Apache-2.0
import type { ReactNode } from 'react';
import { EVERYTHING, narrow } from '../../model/filter';
import { formatDuration } from '../../model/duration';
import type { Journey } from '../../model/journey/journey';
import { journeyNotes } from '../../model/journey/journeyNotes';
import { journeyText } from '../../model/journey/journeyText';
import page from '../../pages/page.module.css';
import { Ago } from '../text/Ago';
import { CopyButton } from '../text/CopyButton';
import { Door } from '../text/Door';
import { Id } from '../text/Id';
import styles from './head.module.css';

/** The sentence that says it, and the ids by which others know this message. */
export function MessageHead({ journey }: { readonly journey: Journey }) {
  const notes = journeyNotes(journey);
  const ids = [
    ['key', journey.key],
    ['message', journey.messageId],
    ['conversation', journey.conversationId],
    ...journey.traces.map((trace): [string, string] => ['trace', trace]),
  ] as const;
  return (
    <header>
      <div className={page.top}>
        <h1 className={page.question}>What happened to this message?</h1>
        <div className={page.actions}>
          <CopyButton text={() => window.location.href}>Copy link</CopyButton>
          <CopyButton text={() => journeyText(journey, window.location.href)}>Copy as text</CopyButton>
        </div>
      </div>
      <p className={page.lead} data-testid="sentence">
        {journey.sentence}
      </p>
      <dl className={styles.facts}>
        {ids
          .filter(([, id], index) => id !== '' && ids.findIndex(([, other]) => other === id) === index)
          .map(([name, id]) => (
            <Fact key={id} name={name}>
              <Id id={id} />
            </Fact>
          ))}
        <Fact name="path">
          <Door to={narrow({ ...EVERYTHING, range: '1h' }, { path: [journey.path] })}>{journey.path}</Door>
        </Fact>
        <Fact name="began">
          <Ago time={journey.started} />
        </Fact>
        <Fact name="deadline">{formatDuration(journey.deadlineMicros)}</Fact>
        <Fact name="gives up after">{formatDuration(journey.giveUpMicros)}</Fact>
      </dl>
      {notes.length > 0 && (
        <ul className={styles.notes} data-testid="notes">
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      {!journey.complete && (
        <p className={styles.note}>
          The log no longer holds the spans of this message, so its journey cannot be drawn. Its deliveries and their verdicts below still stand.
        </p>
      )}
    </header>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
