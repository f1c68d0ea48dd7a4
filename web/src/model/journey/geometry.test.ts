// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from 'vitest';
import { toJourney } from '../../api/messages';
import { aFanOutMessage, aRenderedMessage, aRetriedMessage, aStuckMessage } from '../../test/factories/message';
import { drawJourney } from './geometry';

const choice = { width: 1200, selected: '', unfolded: false, fold: true };
const rendered = toJourney(aRenderedMessage());
const stuck = toJourney(aStuckMessage());
const retried = toJourney(aRetriedMessage());
const room = toJourney(aFanOutMessage());

describe('a rendered message', () => {
  const picture = drawJourney(rendered, choice);
  const bar = (index: number) => picture.bars.find((one) => one.stamp.index === index);

  test('has a lane for each service in the order of time', () => {
    expect(picture.lanes.map((lane) => lane.service)).toEqual(['gateway', 'router', 'ws-gateway', 'app-ios']);
    const tops = picture.lanes.map((lane) => lane.y);
    expect(tops).toEqual([...tops].sort((a, b) => a - b));
  });

  test('draws every stamp once, later ones further right, inside the picture', () => {
    expect(picture.bars).toHaveLength(rendered.stamps.length);
    expect(bar(5)?.x).toBeGreaterThan(bar(4)?.x ?? Infinity);
    for (const { x, width } of picture.bars) expect(x + width).toBeLessThanOrEqual(picture.width);
  });

  test('does not let bars of one lane cover each other', () => {
    for (const one of picture.bars) {
      for (const other of picture.bars) {
        if (one === other || one.y !== other.y) continue;
        expect(one.x + one.width <= other.x || other.x + other.width <= one.x).toBe(true);
      }
    }
  });

  test('hatches a wait up to the bar that ended it', () => {
    const wait = picture.waits.find((one) => one.key === '4-5');
    expect((wait?.x ?? 0) + (wait?.width ?? 0)).toBeCloseTo(bar(5)?.x ?? -1);
    expect(wait?.title.replaceAll('\u00a0', ' ')).toBe('107 ms waiting, delivered → rendered');
    expect(picture.waits.every((one) => one.open === null)).toBe(true);
  });

  test('joins causes to effects, and has no now and no deadline in sight', () => {
    expect(picture.arrows.map((arrow) => arrow.key)).toEqual(['0-1', '1-2', '2-3', '2-4', '4-5']);
    expect(picture.arrows.filter((arrow) => arrow.rule === 'link')).toHaveLength(2);
    expect(picture).toMatchObject({ nowX: null, deadlineX: null });
  });
});

describe('a stuck message', () => {
  const picture = drawJourney(stuck, choice);

  test('names the stage that nobody has seen and waits up to now', () => {
    expect(picture.lanes.at(-1)?.service).toBe('consumed: not seen');
    const [open] = picture.waits.filter((wait) => wait.open !== null);
    expect(open).toMatchObject({ open: 'waiting' });
    expect(open?.label.replaceAll('\u00a0', ' ')).toBe('stuck at published → consumed, 48 s');
    expect((open?.x ?? 0) + (open?.width ?? 0)).toBeCloseTo(picture.nowX ?? -1);
  });

  test('shows the deadline before now, also when the long wait is folded', () => {
    expect(picture.folded).toBe(true);
    expect(picture.deadlineX).toBeLessThan(picture.nowX ?? 0);
    expect(drawJourney(stuck, { ...choice, fold: false }).folded).toBe(false);
  });
});

test('a retried call shows each try on its own place, and the deadline that it missed', () => {
  const picture = drawJourney(retried, choice);
  const tries = picture.bars.filter((bar) => bar.stamp.stage === 'invoked');
  expect(tries.map((bar) => bar.stamp.error)).toEqual([true, true, false]);
  expect(new Set(tries.map((bar) => bar.y)).size).toBe(1);
  expect(tries[1]?.label.replaceAll('\u00a0', ' ')).toBe('invoked 290 ms, try 2');
  expect(picture.deadlineX).not.toBeNull();
});

test('a bar with a hatch behind it has its words inside, or none', () => {
  const picture = drawJourney(retried, choice);
  const processed = picture.bars.find((bar) => bar.stamp.stage === 'processed');
  expect(picture.bars.filter((bar) => bar.inside).every((bar) => bar.label.length * 6 < bar.width)).toBe(true);
  expect(processed?.label).not.toBe('');
});

test('the names of lanes have the room they need', () => {
  const service = 'a-service-with-a-long-name';
  const named = toJourney({ ...aRenderedMessage(), stamps: (aRenderedMessage().stamps ?? []).map((stamp) => ({ ...stamp, service })) });
  expect(drawJourney(named, choice).gutter).toBeGreaterThan(service.length * 7);
  expect(drawJourney(rendered, choice).gutter).toBeLessThan(drawJourney(named, choice).gutter);
});

describe('a message to a room', () => {
  const picture = drawJourney(room, choice);

  test('shows the worst few and folds the rest into one row', () => {
    const rows = picture.lanes.find((lane) => lane.service === 'ws-gateway')?.rows ?? [];
    expect(rows.map((row) => row.label)).toEqual(['u-198', 'u-199', 'u-200', '197 more, all rendered']);
    expect(picture.bars.length).toBeLessThan(10);
  });

  test('draws the folded as few shapes that do not overlap', () => {
    const row = picture.foldedBars.filter((bar) => bar.key.startsWith('app-ios'));
    expect(row.length).toBeGreaterThan(0);
    row.slice(1).forEach((bar, index) => expect(bar.x).toBeGreaterThan((row[index]?.x ?? 0) + (row[index]?.width ?? 0)));
    expect(picture.arrows.length).toBeLessThan(12);
  });

  test('always shows the delivery that is selected', () => {
    const chosen = drawJourney(room, { ...choice, selected: 'm-room/u-050' });
    expect(chosen.lanes.find((lane) => lane.service === 'app-ios')?.rows.map((row) => row.label)).toEqual(['u-050', '196 more, all rendered']);
  });

  test('gives everyone a row when unfolded', () => {
    const whole = drawJourney(room, { ...choice, unfolded: true });
    expect(whole.bars).toHaveLength(room.stamps.length);
    expect(whole.foldedBars).toEqual([]);
  });
});

test('a narrow page names lanes above them and still fits', () => {
  for (const journey of [rendered, stuck, retried, room]) {
    const picture = drawJourney(journey, { ...choice, width: 358 });
    expect(picture.gutter).toBe(0);
    for (const { x, width } of picture.bars) expect(x + width).toBeLessThanOrEqual(358);
  }
});
