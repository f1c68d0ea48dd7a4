// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest';
import { aPath, aPathHop } from '../test/factories/path';
import { NO_COUNTS } from './counts';
import { EVERYTHING, filterToSearch } from './filter';
import { type Facts, pickTail, type Sentence, sentenceText, tailWords, writeSentence } from './sentence';

const facts = (overrides: Partial<Facts>): Facts => ({ counts: NO_COUNTS, seconds: 900, since: null, stuckHops: [], badReasons: [], tail: null, manyPaths: false, ...overrides });
const write = (overrides: Partial<Facts>) => writeSentence(facts(overrides), EVERYTHING);
const text = (sentence: Sentence) => sentenceText(sentence).replaceAll('\u00a0', ' ');
const counts = (overrides: Partial<typeof NO_COUNTS>) => ({ ...NO_COUNTS, ...overrides });

describe('the sentence of the home page', () => {
  test('says share, number, rate, what is stuck where, and where the tail waits', () => {
    const sentence = write({
      counts: counts({ inTime: 40_566, late: 702, stuck: 12, bad: 30, waiting: 5, unknown: 4 }),
      stuckHops: [{ value: 'published-consumed', count: 12 }],
      badReasons: [{ value: 'RejectedByDestination', count: 25 }],
      tail: { path: 'chat', hop: 'delivered-rendered', share: 0.71, waitShare: 0.6 },
    });
    expect(text(sentence)).toBe(
      '98.1 % of 41,310 deliveries were in time over the last 15 min, 45.9 a second. ' +
        '12 are stuck at published → consumed; 30 went wrong, most often: rejected by destination; 4 cannot be judged; ' +
        'the slow tail spends 71 % of its time at delivered → rendered, mostly waiting.',
    );
  });

  test('names the path of the tail when there are several', () => {
    const tail = { path: 'chat', hop: 'delivered-rendered', share: 0.71, waitShare: 0.1 };
    expect(text(write({ counts: counts({ inTime: 5 }), tail, manyPaths: true }))).toContain('the slow tail of chat spends 71 % of its time at delivered → rendered, mostly working.');
  });

  test('says all when all were in time, and one when there was one', () => {
    expect(text(write({ counts: counts({ inTime: 900 }) }))).toBe('All 900 deliveries were in time over the last 15 min, 1 a second. None is stuck.');
    expect(text(write({ counts: counts({ inTime: 1 }) }))).toContain('The one delivery was in time over the last 15 min');
  });

  test('says from when the rate counts when the data does not reach over the range', () => {
    const since = new Date(2026, 10, 2, 3, 4).getTime();
    expect(text(write({ counts: counts({ inTime: 900 }), since, seconds: 90 }))).toContain('over the last 15 min, 10 a second since 03:04.');
  });

  test('says so when there is nothing, or nothing judged yet', () => {
    expect(text(write({}))).toBe('No deliveries over the last 15 min.');
    expect(text(write({ counts: counts({ waiting: 3 }) }))).toBe('3 deliveries of the last 15 min are on the way; no deadline has passed yet.');
    expect(text(write({ counts: counts({ unknown: 3 }) }))).toBe('3 deliveries over the last 15 min, none of which can be judged.');
  });

  test('tells how many of the stuck stand at the worst hop', () => {
    const sentence = write({ counts: counts({ inTime: 1, stuck: 12 }), stuckHops: [{ value: 'published-consumed', count: 9 }, { value: 'accepted-published', count: 3 }] });
    expect(text(sentence)).toContain('12 are stuck, 9 of them at published → consumed.');
  });

  test('every number in it is a door', () => {
    const { lead, rest } = write({ counts: counts({ inTime: 9, stuck: 2, bad: 1 }) });
    const doors = [...lead, ...rest].filter((part) => /\d/.test(part.text) && !part.text.includes('over'));
    expect(doors.map((part) => part.door && filterToSearch(part.door))).toEqual([
      '?timeliness=in_time&range=15m',
      '?verdict=processed,sent,delivered,received,rendered,opened,stuck,failed,dead_lettered,expired,lost&range=15m',
      '?verdict=stuck&range=15m',
      '?verdict=failed,dead_lettered,expired,lost&range=15m',
    ]);
  });
});

describe('the tail', () => {
  test('is that of the path nearest to its deadline, at its worst hop', () => {
    const calm = aPath({ name: 'calm', deadlineMicros: 5_000_000, latency: { count: 1, p50Micros: 1, p95Micros: 1, p99Micros: 9_000, maxMicros: 1 } });
    const slow = aPath({
      name: 'slow',
      deadlineMicros: 1_000,
      latency: { count: 1, p50Micros: 1, p95Micros: 1, p99Micros: 900, maxMicros: 1 },
      hops: [aPathHop('accepted', 'published', { tailShare: 0.2 }), aPathHop('published', 'processed', { tailShare: 0.8, tailWaitShare: 0.5 })],
    });
    expect(pickTail([calm, slow])).toEqual({ path: 'slow', hop: 'published-processed', share: 0.8, waitShare: 0.5 });
  });

  test('is none without tail shares', () => {
    expect(pickTail([aPath({ hops: [aPathHop('accepted', 'published', { tailShare: 0 })] })])).toBeNull();
  });

  test.each([
    [0.8, 0.7, 'mostly waiting'],
    [0.8, 0.1, 'mostly working'],
    [0.8, 0.4, 'half waiting, half working'],
    [0, 0, 'mostly working'],
  ])('of share %f with %f waiting is %s', (share, waitShare, words) => {
    expect(tailWords(share, waitShare)).toBe(words);
  });
});
