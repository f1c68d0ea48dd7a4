// SPDX-License-Identifier: Apache-2.0
import { useState } from 'react';
import { makeFirstIds, processCommand, publishCommand } from '../../model/firstSpan';
import { CopyButton } from '../text/CopyButton';
import styles from './notice.module.css';

/** What to do when nothing was ever received: send a first message by hand, or start the demo. */
export function FirstSpan({ otlpHttp }: { readonly otlpHttp: string }) {
  const [ids] = useState(() => makeFirstIds(Math.random));
  const [shownAt] = useState(() => Date.now());
  return (
    <section className={styles.first}>
      <p className="quiet">
        Any OpenTelemetry exporter will do: point its endpoint at <code>http://{otlpHttp}</code>. By hand it takes two commands.
      </p>
      <ol>
        <Step title="Publish a message" after="It shows as on the way, and is stuck when 5 s pass and nobody has consumed it." command={(now) => publishCommand(otlpHttp, ids, now)} shownAt={shownAt} />
        <Step title="Let a worker process it" after="It joins the same message by its parent and settles the verdict: in time, or late." command={(now) => processCommand(otlpHttp, ids, now)} shownAt={shownAt} />
      </ol>
      <p className="quiet">
        Or run <code>hopstamp demo</code> instead of <code>hopstamp serve</code>: the same server with a little platform that talks to it and breaks on a schedule.
      </p>
    </section>
  );
}

interface StepProps {
  readonly title: string;
  readonly after: string;
  readonly command: (now: number) => string;
  readonly shownAt: number;
}

/** The times in a command are those of the click that copies it. */
function Step({ title, after, command, shownAt }: StepProps) {
  return (
    <li>
      <div className={styles.stepHead}>
        <h3>{title}</h3>
        <CopyButton text={() => command(Date.now())}>Copy</CopyButton>
      </div>
      <pre tabIndex={0}>{command(shownAt)}</pre>
      <p className="quiet">{after}</p>
    </li>
  );
}
