// SPDX-License-Identifier: Apache-2.0
import { type CountName, type Counts, inTimeShare, isJudgedEstimated, isTotalEstimated, judged, type Tally, total } from './counts';
import { bandDoor, hopDoor, judgedDoor, pendingDoor, stuckDoor } from './door';
import { type Filter, narrow, rangeWords } from './filter';
import { formatMinute } from './instant';
import { ABOUT, countOf, ESTIMATED, formatCount, formatRate, formatShare, formatWholeShare } from './number';
import { hopName, type Path, worstHop } from './path';
import { hopWords, reasonWords } from './verdict';

/** A piece of a sentence; a door makes it a link to the deliveries it speaks of. */
export interface Part {
  readonly text: string;
  readonly door?: Filter;
  readonly title?: string;
}

/** The answer of the home page: the first clause large, what explains it after it. */
export interface Sentence {
  readonly lead: readonly Part[];
  readonly rest: readonly Part[];
}

/** Where the slow tail spends its time. */
export interface Tail {
  readonly path: string;
  readonly hop: string;
  readonly share: number;
  readonly waitShare: number;
}

export interface Facts {
  readonly counts: Counts;
  /** The time that the data covers, and its beginning (milliseconds since 1970) when that is not the range's. */
  readonly seconds: number;
  readonly since: number | null;
  readonly stuckHops: readonly Tally[];
  readonly badReasons: readonly Tally[];
  readonly tail: Tail | null;
  /** Whether the tail's path must be named, because there is more than one. */
  readonly manyPaths: boolean;
}

export function writeSentence(facts: Facts, filter: Filter): Sentence {
  const { counts } = facts;
  const over = ` over ${rangeWords(filter)}`;
  if (total(counts) === 0) return { lead: [{ text: `No deliveries${over}.` }], rest: [] };
  const share = inTimeShare(counts);
  const clauses = [stuckClause(facts, filter), badClause(facts, filter), unjudgedClause(counts, filter), tailClause(facts, filter)];
  return {
    lead: share === null ? notJudgedLead(counts, over, filter) : shareLead(facts, share, over, filter),
    rest: joinClauses(clauses.filter((clause) => clause.length > 0)),
  };
}

/** The sentence without its doors. */
export function sentenceText(sentence: Sentence): string {
  return [sentence.lead, sentence.rest]
    .map((parts) => parts.map((part) => part.text).join(''))
    .filter((text) => text !== '')
    .join(' ');
}

/** The tail worth naming: that of the path whose p99 comes nearest to, or furthest past, its deadline. */
export function pickTail(paths: readonly Path[]): Tail | null {
  const nearness = (path: Path) => path.latency.p99Micros / Math.max(1, path.deadlineMicros);
  const [path] = paths.filter((candidate) => worstHop(candidate)).sort((a, b) => nearness(b) - nearness(a));
  const hop = path && worstHop(path);
  if (!hop) return null;
  return { path: path.name, hop: hopName(hop), share: hop.tailShare, waitShare: hop.tailWaitShare };
}

/** "mostly waiting" or "mostly working": what fills a hop's share of the tail. */
export function tailWords(share: number, waitShare: number): string {
  const waiting = share > 0 ? waitShare / share : 0;
  if (waiting > 0.6) return 'mostly waiting';
  return waiting < 0.4 ? 'mostly working' : 'half waiting, half working';
}

function shareLead({ counts, seconds, since }: Facts, share: number, over: string, filter: Filter): Part[] {
  const of = judged(counts);
  const estimated = isJudgedEstimated(counts);
  const about = estimated ? ABOUT : '';
  const title = `${formatCount(counts.inTime)} of ${formatCount(of)}${estimated ? `. ${ESTIMATED}` : ''}`;
  const deliveries = { text: of === 1 ? 'one delivery' : `${about}${countOf(of, 'delivery', 'deliveries')}`, door: judgedDoor(filter), ...(estimated && { title: ESTIMATED }) };
  const rate = `, ${isTotalEstimated(counts) ? ABOUT : ''}${formatRate(total(counts) / seconds)} a second${since === null ? '' : ` since ${formatMinute(since)}`}.`;
  const told = isTotalEstimated(counts) ? { title: ESTIMATED } : {};
  if (share === 1) {
    return [{ text: of === 1 ? 'The ' : 'All ' }, deliveries, { text: `${of === 1 ? ' was' : ' were'} in time${over}${rate}`, ...told }];
  }
  return [
    { text: `${about}${formatShare(share)}`, door: bandDoor(filter, 'in_time'), title },
    { text: ' of ' },
    deliveries,
    { text: ` were in time${over}${rate}`, ...told },
  ];
}

function notJudgedLead(counts: Counts, over: string, filter: Filter): Part[] {
  if (counts.waiting === 0) {
    return [{ ...counted(counts, 'unknown', countOf(counts.unknown, 'delivery', 'deliveries')), door: bandDoor(filter, 'unknown') }, { text: `${over}, none of which can be judged.` }];
  }
  const subject = { ...counted(counts, 'waiting', countOf(counts.waiting, 'delivery', 'deliveries')), door: pendingDoor(filter) };
  return [subject, { text: ` of ${rangeWords(filter)} ${counts.waiting === 1 ? 'is' : 'are'} on the way; no deadline has passed yet.` }];
}

function stuckClause(facts: Facts, filter: Filter): Part[] {
  const { stuck } = facts.counts;
  if (stuck === 0) return judged(facts.counts) === 0 ? [] : [{ text: 'none is stuck' }];
  const subject = { ...counted(facts.counts, 'stuck', `${formatCount(stuck)} ${stuck === 1 ? 'is' : 'are'} stuck`), door: stuckDoor(filter) };
  const [most] = facts.stuckHops;
  if (!most || most.value === '') return [subject];
  const place = { text: hopWords(most.value), door: hopDoor(filter, most.value, ['stuck']) };
  if (most.count === stuck) return [subject, { text: ' at ' }, place];
  return [subject, { text: `, ${formatCount(most.count)} of them at ` }, place];
}

function badClause(facts: Facts, filter: Filter): Part[] {
  const { bad } = facts.counts;
  if (bad === 0) return [];
  const subject = { ...counted(facts.counts, 'bad', `${formatCount(bad)} went wrong`), door: bandDoor(filter, 'bad') };
  const [most] = facts.badReasons;
  if (!most || most.value === '') return [subject];
  const words = most.count === bad ? (bad === 1 ? ': ' : ', all: ') : ', most often: ';
  return [subject, { text: words }, { text: reasonWords(most.value), door: narrow(bandDoor(filter, 'bad'), { reason: [most.value] }) }];
}

function unjudgedClause(counts: Counts, filter: Filter): Part[] {
  if (counts.unknown === 0 || judged(counts) === 0) return [];
  return [{ ...counted(counts, 'unknown', `${formatCount(counts.unknown)} cannot be judged`), door: bandDoor(filter, 'unknown') }];
}

function tailClause(facts: Facts, filter: Filter): Part[] {
  const { tail } = facts;
  if (!tail) return [];
  const slow = narrow(filter, { path: [tail.path], timeliness: ['late'] });
  return [
    { text: 'the ' },
    facts.counts.late > 0 ? { text: 'slow tail', door: slow, title: `The late deliveries of ${tail.path}` } : { text: 'slow tail' },
    { text: `${facts.manyPaths ? ` of ${tail.path}` : ''} spends ${formatWholeShare(tail.share)} of its time at ${hopWords(tail.hop)}, ` },
    { text: tailWords(tail.share, tail.waitShare) },
  ];
}

/** A number's words, marked when it is an estimate. */
function counted(counts: Counts, name: CountName, words: string): Part {
  return counts.estimated.includes(name) ? { text: `${ABOUT}${words}`, title: ESTIMATED } : { text: words };
}

/** Clauses become one sentence: semicolons between, a capital first, a full stop last. */
function joinClauses(clauses: readonly (readonly Part[])[]): Part[] {
  const parts = clauses.flatMap((clause, index) => (index === 0 ? clause : [{ text: '; ' }, ...clause]));
  const [first, ...others] = parts;
  if (!first) return [];
  return [{ ...first, text: first.text.charAt(0).toUpperCase() + first.text.slice(1) }, ...others, { text: '.' }];
}
