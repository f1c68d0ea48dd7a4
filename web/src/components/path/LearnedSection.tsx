// SPDX-License-Identifier: Apache-2.0
import { differenceSummary, kindName, kindNotes, learnedSummary, usualWay } from '../../model/learned';
import { countOf } from '../../model/number';
import type { Learned, Path } from '../../model/path';
import styles from './learned.module.css';

/** What settled deliveries were seen to do, kind by kind, and where the configuration says otherwise; folded until it is asked for. */
export function LearnedSection({ path }: { readonly path: Path }) {
  const summary = learnedSummary(path);
  const differs = differenceSummary(path);
  if (summary === '' && differs === '') return null;
  return (
    <details className={styles.learned} data-testid={`learned-${path.name}`}>
      <summary>
        What was learned <span className="quiet">{summary}</span>
        {differs !== '' && <span className={styles.differs}>{differs}</span>}
      </summary>
      {path.differences.length > 0 && (
        <ul className={styles.differences}>
          {path.differences.map((difference) => (
            <li key={difference}>{difference}</li>
          ))}
        </ul>
      )}
      <dl>
        {path.learned.map((kind) => (
          <Kind key={kind.name} kind={kind} />
        ))}
      </dl>
    </details>
  );
}

function Kind({ kind }: { readonly kind: Learned }) {
  const way = usualWay(kind);
  const notes = kindNotes(kind);
  return (
    <div>
      <dt>
        {kindName(kind)} <span className="quiet">{countOf(kind.deliveries, 'delivery', 'deliveries')}</span>
      </dt>
      <dd>
        {way.length > 0 && (
          <ol className={styles.way} aria-label="Usual stages">
            {way.map(({ stage, note }) => (
              <li key={stage}>
                {stage}
                {note !== '' && <span className="quiet"> {note}</span>}
              </li>
            ))}
          </ol>
        )}
        {notes.length > 0 && <p className="quiet">{notes.join('; ')}</p>}
      </dd>
    </div>
  );
}
