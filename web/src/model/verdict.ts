// SPDX-License-Identifier: Apache-2.0
/** The four states that colours stand for, everywhere. */
export type State = 'good' | 'waiting' | 'bad' | 'unknown';

/** What a delivery counts as in a chart: a state, with the good split by the deadline. */
export type Band = 'in_time' | 'late' | 'waiting' | 'bad' | 'unknown';

export const BANDS: readonly Band[] = ['in_time', 'late', 'waiting', 'bad', 'unknown'];

export const VERDICTS_OF_STATE: Readonly<Record<State, readonly string[]>> = {
  good: ['processed', 'sent', 'delivered', 'received', 'rendered', 'opened'],
  waiting: ['pending', 'stuck'],
  bad: ['failed', 'dead_lettered', 'expired', 'lost'],
  unknown: ['suppressed', 'unverifiable'],
};

const STATE_OF_VERDICT: ReadonlyMap<string, State> = new Map(
  (['good', 'waiting', 'bad', 'unknown'] as const).flatMap((state) =>
    VERDICTS_OF_STATE[state].map((verdict): [string, State] => [verdict, state]),
  ),
);

export const BAND_WORDS: Readonly<Record<Band, string>> = {
  in_time: 'in time',
  late: 'late',
  waiting: 'on the way',
  bad: 'bad',
  unknown: 'not judged',
};

/** The state of a verdict; one this page has never heard of is unknown, not wrong. */
export function stateOf(verdict: string): State {
  return STATE_OF_VERDICT.get(verdict) ?? 'unknown';
}

export function bandOf(verdict: string, timeliness: string): Band {
  const state = stateOf(verdict);
  if (state !== 'good') return state;
  return timeliness === 'late' ? 'late' : 'in_time';
}

/** "dead_lettered" -> "dead-lettered". */
export function verdictWords(verdict: string): string {
  return verdict.replaceAll('_', '-');
}

/** "StuckAtPublish" -> "stuck at publish", for reading; the reason itself stays what is filtered by. */
export function reasonWords(reason: string): string {
  return reason.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
}

/** "published-consumed" -> "published → consumed"; no line begins with the arrow. */
export function hopWords(hop: string): string {
  return hop.replace('-', '\u00a0→ ');
}
