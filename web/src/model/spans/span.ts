// SPDX-License-Identifier: Apache-2.0
import { parseMicros } from '../instant';
import type { Journey } from '../journey/journey';
import { countOf, formatCount } from '../number';
import { reasonWords, verdictWords } from '../verdict';
import type { OtlpTraces } from './otlp';

/** One span of a journey with all that its sender said. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly service: string;
  readonly name: string;
  readonly kind: string;
  /** RFC 3339, by its host's own clock. */
  readonly start: string;
  readonly durationMicros: number;
  readonly error: boolean;
  /** Why it is kept; empty while only the log has it. */
  readonly kept: string;
  /** How many spans like it this one stands for. */
  readonly weight: number;
  readonly otlp: OtlpTraces;
}

/** Microseconds from the beginning of the message to that of its spans, by span id: as of their stamps, else as their own clocks said it. */
export function spanOffsets(spans: readonly Span[], journey: Journey): ReadonlyMap<string, number> {
  const stamps = new Map(journey.stamps.map((stamp) => [`${stamp.spanId} ${stamp.start}`, stamp.offsetMicros]));
  const began = parseMicros(journey.started);
  return new Map(spans.map((span) => [span.spanId, stamps.get(`${span.spanId} ${span.start}`) ?? parseMicros(span.start) - began]));
}

/** The reason in words: "failed: RejectedByDestination" -> "failed: rejected by destination", "stuck: StuckAtPublish" -> "stuck at publish". */
export function keptWords(kept: string): string {
  const [, policy = '', reason] = /^([a-z_]+): ([A-Z][A-Za-z]+)$/.exec(kept) ?? [];
  if (reason === undefined) return kept;
  const words = reasonWords(reason);
  return words.startsWith(policy) ? words : `${verdictWords(policy)}: ${words}`;
}

/** Where a span is: kept and why, or in the log; one that is to be kept is written there a while after its message is settled. */
export function keepingWords(span: Span, journey: Pick<Journey, 'deliveries'>): string {
  if (span.kept !== '') return keptWords(span.kept);
  return isToBeKept(journey) ? 'in the log so far' : 'in the log only';
}

/** "18 spans, 12 of them kept": what is still there to be read. */
export function spansSummary(spans: readonly Span[], journey: Pick<Journey, 'deliveries'>): string {
  const kept = spans.filter((span) => span.kept !== '').length;
  if (spans.length === 0) return '';
  if (kept === spans.length) return `${countOf(kept, 'span', 'spans')}, kept`;
  const log = isToBeKept(journey) ? 'in the log so far' : 'in the log only';
  const rest = kept > 0 ? `${formatCount(kept)} of them kept, the others ${log}` : isToBeKept(journey) ? log : `${log}, for as long as it holds them`;
  return `${countOf(spans.length, 'span', 'spans')}, ${rest}`;
}

function isToBeKept(journey: Pick<Journey, 'deliveries'>): boolean {
  return journey.deliveries.some((delivery) => delivery.kept !== '');
}

/** "stands for 16 like it"; empty for one that stands for itself. */
export function weightWords(weight: number): string {
  return weight === 1 ? '' : `stands for ${weight < 10 ? Number(weight.toPrecision(2)) : formatCount(weight)} like it`;
}

/** The span as it was sent, to paste elsewhere. */
export function otlpText(span: Span): string {
  return JSON.stringify(span.otlp, null, 2);
}
