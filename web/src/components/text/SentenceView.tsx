// SPDX-License-Identifier: Apache-2.0
import type { Part, Sentence } from '../../model/sentence';
import { Door } from './Door';
import styles from './text.module.css';

/** The answer to the page's question, each number of it a door. */
export function SentenceView({ sentence }: { readonly sentence: Sentence }) {
  return (
    <p className={styles.sentence} data-testid="sentence">
      <span className={styles.lead}>
        <Parts parts={sentence.lead} />
      </span>
      {sentence.rest.length > 0 && (
        <span className={styles.rest}>
          {' '}
          <Parts parts={sentence.rest} />
        </span>
      )}
    </p>
  );
}

function Parts({ parts }: { readonly parts: readonly Part[] }) {
  return parts.map((part, index) =>
    part.door ? (
      <Door key={index} to={part.door} title={part.title}>
        {part.text}
      </Door>
    ) : (
      <span key={index} title={part.title}>
        {part.text}
      </span>
    ),
  );
}
