// SPDX-License-Identifier: Apache-2.0
import { type Delivery, deliveryName, timeTaken } from '../delivery';
import { formatDuration, formatOffset } from '../duration';
import { countOf } from '../number';
import { hopName } from '../path';
import { hopWords, verdictWords } from '../verdict';
import { waitWords } from '../waitWords';
import { deliveryCount, type Join, type Journey, type Stamp, worstFirst } from './journey';
import { journeyNotes } from './journeyNotes';
import { joinWords, sharedWords, tellingJoins } from './joinWords';

const MOST_LINES = 12;

/** The journey as plain text, to paste into a chat: what the page says, most important first. */
export function journeyText(journey: Journey, address: string): string {
  const lines = [
    `Message ${journey.key} (path ${journey.path}), began ${journey.started}`,
    journey.sentence,
    ...journeyNotes(journey),
    '',
    countOf(deliveryCount(journey), 'delivery', 'deliveries'),
    ...clip(worstFirst(journey.deliveries).map((delivery) => deliveryLine(delivery, journey))),
    '',
    ...(journey.complete ? ['stamps (time after the beginning, work)', ...clip(table(journey))] : ['The spans of this message are no longer in the log.']),
    '',
    `traces ${journey.traces.join(', ') || 'none'}`,
    `as of ${journey.now}`,
    address,
  ];
  return lines.join('\n').replaceAll('\u00a0', ' ');
}

function deliveryLine(delivery: Delivery, journey: Journey): string {
  const facts = [
    `${verdictWords(delivery.verdict)} (${delivery.reason})`,
    delivery.hop === '' ? '' : `at ${hopWords(delivery.hop)}`,
    delivery.timeliness.replace('_', ' '),
    formatDuration(timeTaken(delivery, journey.now)),
    delivery.retries === 0 ? '' : countOf(delivery.retries, 'retry', 'retries'),
  ];
  const split = delivery.hops.map((hop) => `${hopWords(hopName(hop))} ${waitWords(hop)} waiting + ${formatDuration(hop.ownMicros)} working`);
  return [`- ${deliveryName(delivery)}: ${facts.filter((fact) => fact !== '').join(', ')}`, ...split.map((line) => `    ${line}`)].join('\n');
}

function table(journey: Journey): readonly string[] {
  const joins = tellingJoins(journey);
  const rows = journey.stamps.map((stamp) => [
    formatOffset(stamp.offsetMicros),
    formatDuration(stamp.workMicros),
    stamp.stage || '·',
    stamp.service,
    `${stamp.name}${stamp.error ? ` ERROR ${[stamp.category, stamp.detail].filter(Boolean).join(': ')}` : ''}${asideOf(stamp, joins.get(stamp.index))}`,
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
}

/** "(by message id, probable; shared by 14 messages)": what is unusual of a stamp. */
function asideOf(stamp: Stamp, join: Join | undefined): string {
  const asides = [join ? `by ${joinWords(join)}` : '', sharedWords(stamp)].filter((aside) => aside !== '');
  return asides.length === 0 ? '' : ` (${asides.join('; ')})`;
}

function clip(lines: readonly string[]): readonly string[] {
  if (lines.length <= MOST_LINES) return lines;
  return [...lines.slice(0, MOST_LINES), `  and ${lines.length - MOST_LINES} more`];
}
