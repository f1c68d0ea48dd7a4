// SPDX-License-Identifier: Apache-2.0
import { nowFilter } from '../../model/door';
import { formatDuration } from '../../model/duration';
import { type Filter, narrow } from '../../model/filter';
import { formatCount, formatWholeShare } from '../../model/number';
import { hopName, type PathHop } from '../../model/path';
import { tailWords } from '../../model/sentence';
import { VERDICTS_OF_STATE } from '../../model/verdict';
import { Door } from '../text/Door';
import styles from './path.module.css';

interface HopFactsProps {
  readonly hop: PathHop | null;
  readonly filter: Filter;
  readonly worst: boolean;
}

/** What stands under a hop: its p99, who is in it, and its part of the slow tail. */
export function HopFacts({ hop, filter, worst }: HopFactsProps) {
  if (!hop) return <p className="quiet">nobody came by</p>;
  const at = (when: Filter, verdicts: readonly string[]) => narrow(when, { hop: [hopName(hop)], verdict: verdicts });
  return (
    <div className={styles.hopFacts}>
      {hop.count > 0 && <Passages hop={hop} worst={worst} />}
      <Now count={hop.inFlight > hop.stuck ? hop.inFlight : 0} word="in flight" to={at(nowFilter(filter), VERDICTS_OF_STATE.waiting)} state="waiting" />
      <Now count={hop.stuck} word="stuck" to={at(nowFilter(filter), ['stuck'])} state="bad" />
      <Now count={hop.failed} word="failed" to={at(filter, VERDICTS_OF_STATE.bad)} state="bad" />
    </div>
  );
}

function Passages({ hop, worst }: { readonly hop: PathHop; readonly worst: boolean }) {
  return (
    <>
      <p title={`p99 over ${formatCount(hop.count)} passages: ${formatDuration(hop.wait.p99Micros)} waiting, ${formatDuration(hop.work.p99Micros)} working`}>
        <span className={styles.longer}>{longerPart(hop)}</span>
      </p>
      <p className={styles.tail}>
        {worst ? (
          <strong>
            {formatWholeShare(hop.tailShare)} of the slow tail, {tailWords(hop.tailShare, hop.tailWaitShare)}
          </strong>
        ) : (
          <span className="quiet">{formatWholeShare(hop.tailShare)} of tail</span>
        )}
      </p>
    </>
  );
}

/** "wait 1.8 s" or "work 240 ms": the longer part of a hop at p99 first, the other one if it counts. */
function longerPart(hop: PathHop): string {
  const wait = { words: `wait ${formatDuration(hop.wait.p99Micros)}`, micros: hop.wait.p99Micros };
  const work = { words: `work ${formatDuration(hop.work.p99Micros)}`, micros: hop.work.p99Micros };
  const [longer, other] = wait.micros > work.micros ? [wait, work] : [work, wait];
  return other.micros * 4 > longer.micros ? `${longer.words}, ${other.words}` : longer.words;
}

interface NowProps {
  readonly count: number;
  readonly word: string;
  readonly to: Filter;
  readonly state: 'waiting' | 'bad';
}

function Now({ count, word, to, state }: NowProps) {
  if (count === 0) return null;
  return (
    <p className={styles.now} data-state={state}>
      <Door to={to}>
        {formatCount(count)} {word}
      </Door>
    </p>
  );
}
