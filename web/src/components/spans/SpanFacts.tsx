// SPDX-License-Identifier: Apache-2.0
import { otlpText, type Span } from '../../model/spans/span';
import { spanFacts } from '../../model/spans/spanFacts';
import { CopyButton } from '../text/CopyButton';
import { Id } from '../text/Id';
import styles from './spans.module.css';

/** What a sender said of a span, in groups: status, attributes, events, links, resource. */
export function SpanFacts({ span }: { readonly span: Span }) {
  return (
    <div className={styles.facts} data-testid="span-facts">
      <p className={styles.ids}>
        <span>
          trace <Id id={span.traceId} />
        </span>
        <span>
          span <Id id={span.spanId} />
        </span>
        <span>
          parent <Id id={span.parentSpanId} />
        </span>
        <CopyButton text={() => otlpText(span)}>Copy as OTLP/JSON</CopyButton>
      </p>
      {spanFacts(span.otlp).map((group, index) => (
        <section key={`${group.title} ${index}`}>
          <h3>{group.title}</h3>
          <dl>
            {group.facts.map((fact, place) => (
              <div key={`${fact.name} ${place}`}>
                <dt>{fact.name}</dt>
                <dd>{fact.value === '' ? <span className="quiet">empty</span> : fact.value}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}
