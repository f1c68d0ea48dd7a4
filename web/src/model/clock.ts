// SPDX-License-Identifier: Apache-2.0
import { formatDuration } from './duration';
import { GAP } from './number';

/** A host's clock against another one. */
export interface Clock {
  readonly host: string;
  /** How far it is ahead; negative when it is behind. */
  readonly aheadMicros: number;
  /** The truth lies within this of what is said. */
  readonly boundMicros: number;
  /** It was seen to jump, or contradicts itself. */
  readonly suspect: boolean;
}

/** A host's clock against the server's. */
export interface SourceClock extends Clock {
  /** What it gains, in parts per million; 0 while that is not known. */
  readonly driftPpm: number;
  /** Since when it runs so, RFC 3339. */
  readonly since: string;
}

/** A clock is believed until something proves it wrong. */
export function isWrong(clock: Clock): boolean {
  return clock.suspect || clock.aheadMicros !== 0;
}

/** "5 s ahead, ± 1.2 ms"; one that only is suspect is not known to be ahead or behind. */
export function offsetWords(clock: Clock): string {
  if (clock.aheadMicros === 0) return 'offset not known';
  const side = clock.aheadMicros > 0 ? 'ahead' : 'behind';
  return `${formatDuration(Math.abs(clock.aheadMicros))} ${side}, ±${GAP}${formatDuration(clock.boundMicros)}`;
}

/** "gains 0.4 ppm"; empty while the drift is not known. */
export function driftWords(driftPpm: number): string {
  if (driftPpm === 0) return '';
  return `${driftPpm > 0 ? 'gains' : 'loses'} ${Number(Math.abs(driftPpm).toPrecision(2))}${GAP}ppm`;
}

/** The answer over all clocks, in one line. */
export function clocksSentence(clocks: readonly SourceClock[]): string {
  const wrong = clocks.filter(isWrong).length;
  if (clocks.length === 1 && wrong === 0) return 'One host so far: there is no second clock to compare its own with.';
  if (wrong === 0) return `All ${clocks.length} clocks agree.`;
  return `${wrong} of ${clocks.length} ${clocks.length === 1 ? 'clock' : 'clocks'} ${wrong === 1 ? 'is' : 'are'} wrong; waits to and from ${wrong === 1 ? 'its host' : 'their hosts'} are the likeliest ones.`;
}

/** A clock of a journey: "The clock of node-9 is 5 s (± 1.2 ms) ahead of the one where the message began; its times are set right by that." */
export function journeyClockWords(clock: Clock): string {
  if (clock.aheadMicros === 0) return `The clock of ${clock.host} is suspect: it was seen to jump, or contradicts itself.`;
  const side = clock.aheadMicros > 0 ? 'ahead of' : 'behind';
  const by = formatDuration(Math.abs(clock.aheadMicros));
  const suspect = clock.suspect ? ' It is suspect: it was seen to jump, or contradicts itself.' : '';
  return `The clock of ${clock.host} is ${by} (±${GAP}${formatDuration(clock.boundMicros)}) ${side} the one where the message began; its times are set right by that.${suspect}`;
}
