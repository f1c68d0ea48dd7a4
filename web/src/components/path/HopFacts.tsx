// SPDX-License-Identifier: Apache-2.0
import { nowFilter } from '../../model/door';
import { formatDuration } from '../../model/duration';
import { type Filter, narrow } from '../../model/filter';
import { formatCount, formatWholeShare } from '../../model/number';
import { hopName, type PathHop } from '../../model/path';
import { hopCost, type Link, linkCost } from '../../model/pathFold';
import { tailWords } from '../../model/sentence';
import { hopWords, VERDICTS_OF_STATE } from '../../model/verdict';
import { Door } from '../text/Door';
import styles from './path.module.css';

/** A smaller part of the slow tail is not worth a line. */
const LEAST_TAIL = 0.01;

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

/** What stands under neighbouring hops that were folded into one. */
export function FoldFacts({ links, filter }: { readonly links: readonly Link[]; readonly filter: Filter }) {
  const most = Math.max(...links.map(linkCost));
  const inFlight = links.reduce((sum, { hop }) => sum + (hop?.inFlight ?? 0), 0);
  const on = narrow(nowFilter(filter), { hop: links.map(hopName), verdict: VERDICTS_OF_STATE.waiting });
  return (
    <div className={styles.hopFacts}>
      <p title={links.map((link) => `${hopWords(hopName(link))}: p99 ${formatDuration(linkCost(link))}`).join('\n')}>
        <span className="quiet">{most === 0 ? 'no time of their own' : `none over ${formatDuration(most)}`}</span>
      </p>
      <Now count={inFlight} word="in flight" to={on} state="waiting" />
    </div>
  );
}

function Passages({ hop, worst }: { readonly hop: PathHop; readonly worst: boolean }) {
  return (
    <>
      <p title={passageTitle(hop)}>
        <span className={styles.longer}>{costWords(hop)}</span>
      </p>
      {worst ? (
        <p className={styles.tail}>
          <strong>
            {formatWholeShare(hop.tailShare)} of the slow tail, {tailWords(hop.tailShare, hop.tailWaitShare)}
          </strong>
        </p>
      ) : (
        hop.tailShare >= LEAST_TAIL && <p className="quiet">{formatWholeShare(hop.tailShare)} of tail</p>
      )}
    </>
  );
}

function passageTitle(hop: PathHop): string {
  const inside = hop.work.p99Micros - hop.own.p99Micros;
  const parts = [`${formatDuration(hop.wait.p99Micros)} waiting`, `${formatDuration(hop.own.p99Micros)} working`];
  if (inside > 0) parts.push(`${formatDuration(hop.work.p99Micros)} working with what the stages before it already cover`);
  return `p99 over ${formatCount(hop.count)} passages: ${parts.join(', ')}`;
}

/** "wait 1.8 s" or "work 240 ms": the longer part of a hop at p99 first, the other one if it counts. */
function costWords(hop: PathHop): string {
  if (hopCost(hop) === 0 && hop.work.p99Micros > 0) return `within ${hop.from || 'it'}`;
  const wait = { words: `wait ${formatDuration(hop.wait.p99Micros)}`, micros: hop.wait.p99Micros };
  const work = { words: `work ${formatDuration(hop.own.p99Micros)}`, micros: hop.own.p99Micros };
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
