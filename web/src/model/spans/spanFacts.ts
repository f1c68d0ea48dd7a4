// SPDX-License-Identifier: Apache-2.0
import { formatOffset } from '../duration';
import { countOf } from '../number';
import { type OtlpAttribute, type OtlpSpan, type OtlpTraces, valueText } from './otlp';

/** A group of facts of one span: a title with name and value pairs under it. */
export interface FactGroup {
  readonly title: string;
  readonly facts: readonly Fact[];
}

export interface Fact {
  readonly name: string;
  readonly value: string;
}

/** All that the sender said of a span, in groups; groups without facts are left out. */
export function spanFacts(traces: OtlpTraces): readonly FactGroup[] {
  const [resourceSpans] = traces.resourceSpans ?? [];
  const [scopeSpans] = resourceSpans?.scopeSpans ?? [];
  const [span] = scopeSpans?.spans ?? [];
  if (!span) return [];
  const scope = [scopeSpans?.scope?.name, scopeSpans?.scope?.version].filter(Boolean).join(' ');
  const groups = [
    { title: 'Status', facts: statusFacts(span) },
    { title: 'Attributes', facts: attributeFacts(span.attributes) },
    ...eventGroups(span),
    ...linkGroups(span),
    { title: 'Resource', facts: attributeFacts(resourceSpans?.resource?.attributes) },
    { title: 'Scope', facts: [...named('name', scope), ...attributeFacts(scopeSpans?.scope?.attributes)] },
  ];
  return groups.filter((group) => group.facts.length > 0);
}

function statusFacts(span: OtlpSpan): readonly Fact[] {
  const lost = [
    dropped(span.droppedAttributesCount, 'attribute', 'attributes'),
    dropped(span.droppedEventsCount, 'event', 'events'),
    dropped(span.droppedLinksCount, 'link', 'links'),
  ].filter((words) => words !== '');
  return [
    { name: 'status', value: statusWords(span.status?.code) },
    ...named('message', span.status?.message ?? ''),
    ...named('trace state', span.traceState ?? ''),
    ...named('dropped by the sender', lost.join(', ')),
  ];
}

/** Senders write the code as a number or by its name. */
function statusWords(code: number | string | undefined): string {
  if (code === 1 || code === 'STATUS_CODE_OK') return 'ok';
  if (code === 2 || code === 'STATUS_CODE_ERROR') return 'error';
  return 'unset';
}

function eventGroups(span: OtlpSpan): readonly FactGroup[] {
  return (span.events ?? []).map((event) => {
    const after = (nanos(event.timeUnixNano) - nanos(span.startTimeUnixNano)) / 1000n;
    return { title: `Event ${event.name ?? ''}`.trimEnd(), facts: [{ name: 'after the start', value: formatOffset(Number(after)) }, ...attributeFacts(event.attributes)] };
  });
}

function linkGroups(span: OtlpSpan): readonly FactGroup[] {
  return (span.links ?? []).map((link, index) => ({
    title: (span.links ?? []).length === 1 ? 'Link' : `Link ${index + 1}`,
    facts: [...named('trace', link.traceId ?? ''), ...named('span', link.spanId ?? ''), ...named('trace state', link.traceState ?? ''), ...attributeFacts(link.attributes)],
  }));
}

function attributeFacts(attributes: readonly OtlpAttribute[] | undefined): readonly Fact[] {
  return (attributes ?? []).map(({ key = '', value }) => ({ name: key, value: valueText(value) })).sort((a, b) => a.name.localeCompare(b.name));
}

function named(name: string, value: string): readonly Fact[] {
  return value === '' ? [] : [{ name, value }];
}

function dropped(count: number | undefined, one: string, many: string): string {
  return count ? countOf(count, one, many) : '';
}

/** Nanoseconds since 1970 are more than a number can hold exactly. */
function nanos(text: string | number | undefined): bigint {
  return /^\d+$/.test(String(text)) ? BigInt(text ?? 0) : 0n;
}
