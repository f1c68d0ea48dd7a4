// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest';
import { toJourney } from '../../api/messages';
import { aBatchedMessage, aFanOutMessage, anUnverifiableMessage, aRenderedMessage } from '../../test/factories/message';
import { joinWords, sharedWords, tellingJoins } from './joinWords';
import { journeyNotes } from './journeyNotes';
import { journeyText } from './journeyText';

const plain = (words: string) => words.replaceAll('\u00a0', ' ');
const batched = toJourney(aBatchedMessage());

describe('what to know before a journey is believed', () => {
  test('is nothing when all is as usual', () => {
    expect(journeyNotes(toJourney(aRenderedMessage()))).toEqual([]);
  });

  test('is the missing stage and the clocks, the one that is ahead as ahead', () => {
    expect(journeyNotes(batched).map(plain)).toEqual([
      'Such a journey usually passes enriched; this one did not.',
      'The clock of node-9 is 5 s (± 6 ms) ahead of the one where the message began; its times are set right by that.',
      expect.stringMatching(/^The clock of node-12 is suspect/),
    ]);
  });

  test('is not what the sentence of a single delivery says', () => {
    expect(journeyNotes(toJourney(anUnverifiableMessage()))).toEqual([]);
  });

  test('counts the deliveries of many that it is about', () => {
    const room = aFanOutMessage('m-room', undefined, 8);
    const deliveries = room.deliveries?.map((delivery, index) => ({ ...delivery, ...(index < 3 && { verdict: 'unverifiable', reason: 'LinksDropped' }), ...(index > 5 && { missing: ['received', 'enriched'] }) })) ?? [];
    expect(journeyNotes(toJourney({ ...room, deliveries }))).toEqual([
      expect.stringMatching(/^3 of 8 deliveries cannot be verified: a consumer of its destination, or a send to it, lost links/),
      'Such journeys usually pass received and enriched; 2 of 8 deliveries did not.',
    ]);
  });
});

test('stamps are set right by the clocks that are known, raw times stay', () => {
  expect(batched.stamps.map((stamp) => stamp.offsetMicros)).toEqual([0, 3_200, 50_000, 118_000, 420_000]);
  expect(batched.stamps[2]?.start).toMatch(/03:04:10\.05/);
});

test('joins that are not by parent are told; the certain ones need no word for it', () => {
  const joins = [...tellingJoins(batched)].map(([stamp, join]) => [stamp, joinWords(join)]);
  expect(joins).toEqual([[2, 'message id, probable'], [4, 'conversation id, weak']]);
  expect(joinWords({ rule: 'link', confidence: 'certain', fromStamp: 1, toStamp: 0 })).toBe('link');
});

test('the work of a batch is shared', () => {
  expect(batched.stamps.map(sharedWords).map(plain)).toEqual(['', '', 'shared by 14 messages', '', '']);
});

test('the copy says the same', () => {
  const text = journeyText(batched, '');
  expect(text).toContain('The clock of node-9 is 5 s (± 6 ms) ahead');
  expect(text).toContain('about 45.7 ms (40 to 52 ms, clocks differ) waiting');
  expect(text).toContain('process orders (by message id, probable; shared by 14 messages)');
});
