// SPDX-License-Identifier: Apache-2.0
import { journeyClockWords } from '../clock';
import { COUNTED_AS_ESTIMATE, doubtWords, isEstimate, listWords, tellingMissing } from '../doubt';
import { formatCount } from '../number';
import { deliveryCount, type Journey } from './journey';

/**
 * What to know before the journey is believed, in sentences below the first one: clocks
 * that differ, stages that are missing, what is only an estimate, and why deliveries
 * beside the first cannot be verified. Nothing when all is as usual.
 */
export function journeyNotes(journey: Journey): readonly string[] {
  return [...doubtNotes(journey), ...missingNotes(journey), ...journey.clocks.map(journeyClockWords), ...estimateNotes(journey)];
}

/** Of a single delivery the sentence says it already. */
function doubtNotes(journey: Journey): readonly string[] {
  const { deliveries } = journey;
  if (deliveries.length < 2) return [];
  return [...tally(deliveries.map(doubtWords))].map(([doubt, count]) => `${partOf(count, journey)} cannot be verified: ${doubt}.`);
}

function missingNotes(journey: Journey): readonly string[] {
  const stages = [...tally(journey.deliveries.map((delivery) => tellingMissing(delivery).join(' ')))];
  if (journey.deliveries.length === 1) return stages.map(([names]) => `Such a journey usually passes ${listWords(names.split(' '))}; this one did not.`);
  return stages.map(([names, count]) => `Such journeys usually pass ${listWords(names.split(' '))}; ${partOf(count, journey)} did not.`);
}

function estimateNotes(journey: Journey): readonly string[] {
  return journey.deliveries.some(isEstimate) ? [COUNTED_AS_ESTIMATE] : [];
}

function partOf(count: number, journey: Journey): string {
  return `${formatCount(count)} of ${formatCount(deliveryCount(journey))} deliveries`;
}

function tally(words: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) if (word !== '') counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}
