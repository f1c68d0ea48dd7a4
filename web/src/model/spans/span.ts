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

/** The reason in words: "failed: RejectedByDestination" -> "failed: rejected by destination". */
export function keptWords(kept: string): string {
  const [, policy = '', reason] = /^([a-z_]+): ([A-Z][A-Za-z]+)$/.exec(kept) ?? [];
  return reason === undefined ? kept : `${verdictWords(policy)}: ${reasonWords(reason)}`;
}

/** "18 spans, 12 of them kept": what is still there to be read. */
export function spansSummary(spans: readonly Span[]): string {
  const kept = spans.filter((span) => span.kept !== '').length;
  if (spans.length === 0) return '';
  if (kept === spans.length) return `${countOf(kept, 'span', 'spans')}, kept`;
  const rest = kept === 0 ? 'in the log only, for as long as it holds them' : `${formatCount(kept)} of them kept, the others in the log only`;
  return `${countOf(spans.length, 'span', 'spans')}, ${rest}`;
}

/** "stands for 16 like it"; empty for one that stands for itself. */
export function weightWords(weight: number): string {
  return weight === 1 ? '' : `stands for ${weight < 10 ? Number(weight.toPrecision(2)) : formatCount(weight)} like it`;
}

/** The span as it was sent, to paste elsewhere. */
export function otlpText(span: Span): string {
  return JSON.stringify(span.otlp, null, 2);
}
