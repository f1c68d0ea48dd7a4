// SPDX-License-Identifier: Apache-2.0
import { formatDuration, formatOffset } from '../../model/duration';
import { type Journey, type Stamp, stampEnd } from '../../model/journey/journey';
import { ruleWords, sharedWords, tellingJoins } from '../../model/journey/joinWords';
import { Id } from '../text/Id';
import styles from './picture.module.css';

interface StampFactsProps {
  readonly stamp: Stamp;
  readonly journey: Journey;
  readonly onClose: () => void;
  readonly onSpan: () => void;
}

/** The raw span behind a stamp. */
export function StampFacts({ stamp, journey, onClose, onSpan }: StampFactsProps) {
  const join = tellingJoins(journey).get(stamp.index);
  const own = journey.clocks.some((clock) => clock.host === stamp.host && clock.aheadMicros !== 0) ? ' by its own clock' : '';
  const facts: readonly (readonly [string, string])[] = [
    ['stage', stamp.stage || 'none, an inner step'],
    ['kind', stamp.kind],
    ['start', `${formatOffset(stamp.offsetMicros)} at ${stamp.start}${own}`],
    ['end', `${formatOffset(stampEnd(stamp))} at ${stamp.end}${own}`],
    ['work', [formatDuration(stamp.workMicros), sharedWords(stamp)].filter(Boolean).join(', ')],
    ['recipient', stamp.recipient],
    ['destination', stamp.destination],
    ['try', stamp.attempt > 0 ? String(stamp.attempt + 1) : ''],
    ['joined by', join ? `${ruleWords(join.rule)}, ${join.confidence}` : ''],
    ['host', stamp.host],
    ['log position', String(stamp.position)],
  ];
  const parent = journey.stamps.find((other) => other.spanId === stamp.parentSpanId && other.spanId !== '');
  return (
    <div className={styles.facts} data-testid="stamp-facts">
      <h3>
        {stamp.name} <span className="quiet">in {stamp.service}</span>
      </h3>
      <button type="button" className={`plain ${styles.close}`} aria-label="Close" onClick={onClose}>
        ×
      </button>
      {stamp.error && (
        <p className={styles.error}>
          Failed: {[stamp.category, stamp.detail].filter(Boolean).join(', ') || 'the span ended in error'}
        </p>
      )}
      <dl>
        {facts
          .filter(([, value]) => value !== '')
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        <div>
          <dt>trace</dt>
          <dd>
            <Id id={stamp.traceId} />
          </dd>
        </div>
        <div>
          <dt>span</dt>
          <dd>
            <Id id={stamp.spanId} />{' '}
            <button type="button" className={`plain ${styles.whole}`} onClick={onSpan}>
              all that it says
            </button>
          </dd>
        </div>
        <div>
          <dt>parent</dt>
          <dd>{stamp.parentSpanId === '' ? 'none' : <Id id={stamp.parentSpanId} />}{parent && <span className="quiet"> {parent.name}</span>}</dd>
        </div>
      </dl>
    </div>
  );
}
