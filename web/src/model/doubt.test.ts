// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { toDelivery } from '../api/deliveries';
import { aDelivery } from '../test/factories/delivery';
import { deliveryNotes, doubtWords, listWords, missingWords, tellingMissing } from './doubt';

test('each reason for which a delivery cannot be verified is told in words', () => {
  const doubt = (reason: string) => doubtWords({ verdict: 'unverifiable', reason });
  expect(doubt('UpstreamSampled')).toContain('sampled before they came here');
  expect(doubt('LinksDropped')).toContain('lost links');
  expect(doubt('BatchUnclear')).toContain('sent in a batch');
  expect(doubt('ClockSuspect')).toContain('a clock on its way is suspect');
  expect(doubtWords({ verdict: 'lost', reason: 'LostAtConsume' })).toBe('');
});

test('missing stages are told as what is usual', () => {
  expect(missingWords(['enriched'])).toBe('usually passes enriched; this one did not');
  expect(missingWords([])).toBe('');
  expect(listWords(['normalized', 'enriched', 'routed'])).toBe('normalized, enriched and routed');
});

test('of a delivery that stopped, only what is missing before that is told', () => {
  expect(tellingMissing({ hop: 'delivered-received', missing: ['enriched', 'received', 'rendered'] })).toEqual(['enriched']);
  expect(tellingMissing({ hop: '', missing: ['enriched', 'received'] })).toEqual(['enriched', 'received']);
});

test('a delivery as usual has no notes', () => {
  expect(deliveryNotes(toDelivery(aDelivery()))).toEqual([]);
});

test('a delivery tells its doubt, its missing stages, that it was sampled, and why it is kept', () => {
  const delivery = aDelivery({ verdict: 'unverifiable', reason: 'LinksDropped', missing: ['enriched'], estimated: true, kept: 'unverifiable: LinksDropped' });
  expect(deliveryNotes(toDelivery(delivery))).toEqual([
    expect.stringMatching(/^Neither good nor bad: a consumer/),
    'Its kind usually passes enriched; this one did not.',
    expect.stringMatching(/^Counted as an estimate/),
    'Its spans are kept: unverifiable: links dropped.',
  ]);
});

test('that it was sampled is not said twice', () => {
  const delivery = aDelivery({ verdict: 'unverifiable', reason: 'UpstreamSampled', estimated: true });
  expect(deliveryNotes(toDelivery(delivery))).toHaveLength(1);
});
