// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest';
import { toJourney } from '../../api/messages';
import { aFanOutMessage, aRetriedMessage } from '../../test/factories/message';
import { journeyText } from './journeyText';
import { foldedWords } from './lanes';

test('the copy says the sentence, the verdict with its split, the errors and where to look', () => {
  const text = journeyText(toJourney(aRetriedMessage()), 'http://hop/messages/m-retry');
  expect(text).toContain('Processed for crm 7.34 s after it was accepted, late');
  expect(text).toContain('- crm: processed (Processed), late, 7.34 s, 2 retries');
  expect(text).toContain('published → consumed 15.8 ms waiting + 0 µs working');
  expect(text).toContain('consumed → processed 0 µs waiting + 7.4 s working');
  expect(text).toMatch(/\+40 ms +310 ms +invoked +connector +POST crm\.example\/hook ERROR rejection: 503 Service Unavailable/);
  expect(text).toContain('http://hop/messages/m-retry');
  expect(text).not.toContain('\u00a0');
});

test('a large fan-out is cut, and the copy says by how much', () => {
  const text = journeyText(toJourney(aFanOutMessage()), '');
  expect(text).toContain('200 deliveries');
  expect(text).toContain('and 188 more');
});

test('a journey whose spans are gone says so', () => {
  const journey = toJourney({ ...aRetriedMessage(), stamps: [], complete: false });
  expect(journeyText(journey, '')).toContain('The spans of this message are no longer in the log.');
});

test('folded deliveries are summed up by verdict', () => {
  const { deliveries } = toJourney(aFanOutMessage('m-1', undefined, 6));
  expect(foldedWords(deliveries)).toBe('6 more: 3 rendered, 3 pending');
});
