// SPDX-License-Identifier: Apache-2.0
import type { Delivery } from './delivery';
import { keptWords } from './spans/span';

const DOUBTS: Readonly<Record<string, string>> = {
  UpstreamSampled: 'its traces were sampled before they came here, so what is missing may only have been left out',
  LinksDropped: 'a consumer of its destination, or a send to it, lost links to its messages, so this may have been one of them',
  ClockSuspect: 'a clock on its way is suspect, so its times cannot say whether it was in time',
  BatchUnclear: 'it was sent in a batch, and nothing tells which of its messages were taken',
};

/** Why nobody can tell how a delivery ended, as the second half of a sentence; empty for one that has an answer. */
export function doubtWords(delivery: Pick<Delivery, 'verdict' | 'reason'>): string {
  return delivery.verdict === 'unverifiable' ? (DOUBTS[delivery.reason] ?? '') : '';
}

/** Why a delivery is counted as an estimate. */
export const COUNTED_AS_ESTIMATE = 'Counted as an estimate: others like it were sampled away before they came here, or it is known only as one of so many in a batch.';

/** Whether it is worth a word that a delivery is counted as an estimate: its reason may say so already. */
export function isEstimate(delivery: Pick<Delivery, 'estimated' | 'reason'>): boolean {
  return delivery.estimated && delivery.reason !== 'UpstreamSampled' && delivery.reason !== 'BatchUnclear';
}

/** All stages in the order in which a message passes them. */
const STAGES = ['created', 'accepted', 'normalized', 'enriched', 'routed', 'published', 'consumed', 'processed', 'invoked', 'delivered', 'received', 'rendered', 'opened', 'acknowledged'];

/** The missing stages that are worth a word: of a delivery that stopped somewhere, those before; that it lacks the others goes without saying. */
export function tellingMissing({ hop, missing }: Pick<Delivery, 'hop' | 'missing'>): readonly string[] {
  if (hop === '') return missing;
  const stopped = STAGES.indexOf(hop.split('-').at(-1) ?? '');
  return missing.filter((stage) => STAGES.indexOf(stage) < stopped);
}

/** "usually passes enriched; this one did not". */
export function missingWords(missing: readonly string[]): string {
  return missing.length === 0 ? '' : `usually passes ${listWords(missing)}; this one did not`;
}

/** What is worth saying below a delivery's hops, each a sentence. */
export function deliveryNotes(delivery: Delivery): readonly string[] {
  const doubt = doubtWords(delivery);
  const missing = missingWords(tellingMissing(delivery));
  return [
    doubt === '' ? '' : `Neither good nor bad: ${doubt}.`,
    missing === '' ? '' : `Its kind ${missing}.`,
    isEstimate(delivery) ? COUNTED_AS_ESTIMATE : '',
    delivery.kept === '' ? '' : `Its spans are kept: ${keptWords(delivery.kept)}.`,
  ].filter((note) => note !== '');
}

/** "a", "a and b", "a, b and c". */
export function listWords(words: readonly string[]): string {
  const head = words.slice(0, -1);
  const last = words.at(-1) ?? '';
  return head.length === 0 ? last : `${head.join(', ')} and ${last}`;
}
