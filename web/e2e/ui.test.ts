// SPDX-License-Identifier: Apache-2.0
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { aDelivery } from '../src/test/factories/delivery';
import { launch, openPage, type View } from './browser';
import { FakeServer } from './server';
import { busyWorld, emptyWorld, someClocks } from './world';

const DESK: View = { width: 1440 };
const PHONE: View = { width: 390, height: 844 };
const world = busyWorld(Date.now(), 4_000);

let browser: Browser;
let server: FakeServer;
let origin: string;
let errors: string[] = [];

beforeAll(async () => {
  server = new FakeServer(world);
  [browser, origin] = await Promise.all([launch(), server.start()]);
});
afterAll(async () => {
  await browser.close();
  await server.stop();
});
beforeEach(() => {
  server.world = world;
  server.failure = null;
  errors = [];
});
afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  expect(errors).toEqual([]);
});

async function visit(path: string, view: View = DESK): Promise<Page> {
  const opened = await openPage(browser, origin + path, view);
  errors = opened.errors;
  return opened.page;
}

const sentence = (page: Page) => page.getByTestId('sentence').innerText();
const idOf = (row: string) => /m-\S+/.exec(row)?.[0];
const numberIn = (text: string) => Number(/[\d,]+/.exec(text)?.[0].replaceAll(',', ''));

describe('Are deliveries on time?', () => {
  test('answers in a sentence, and draws every path with its worst hop in words', async () => {
    const page = await visit('/?range=1h');
    await page.getByTestId('path-chat').waitFor();
    expect(await sentence(page)).toMatch(/^\d+\.\d+\s%\sof\s[\d,]+\sdeliveries were in time over the last hour/);
    expect(await sentence(page)).toMatch(/stuck at published\s→ consumed/);
    for (const path of ['chat', 'orders', 'push']) {
      expect(await page.getByTestId(`path-${path}`).innerText()).toMatch(/of the slow tail, (mostly|half)/);
    }
  });

  test('a number opens exactly as many messages, in the same range', async () => {
    const page = await visit('/?range=1h');
    const stuck = page.getByTestId('sentence').getByRole('link', { name: /stuck/ });
    const count = numberIn(await stuck.innerText());
    await stuck.click();
    await page.waitForURL(/\/messages\?verdict=stuck&range=1h/);
    await page.getByRole('list', { name: /Deliveries/ }).waitFor();
    expect(await page.getByRole('listitem').count()).toBe(count);
    expect(await page.getByRole('navigation', { name: 'States' }).locator('[aria-current]').innerText()).toContain(String(count));
  });

  test('a bar of the chart opens as its minutes', async () => {
    const page = await visit('/?range=1h');
    await page.locator('.u-over').first().click({ position: { x: 600, y: 60 } });
    await page.waitForURL(/\/messages\?since=[^&]+&until=/);
    await page.getByRole('listitem').first().waitFor();
  });

  test('a filter goes into the URL and narrows the answer', async () => {
    const page = await visit('/?range=1h');
    await page.getByRole('combobox', { name: 'path' }).selectOption('orders');
    await page.waitForURL(/path=orders/);
    await page.getByTestId('path-chat').waitFor({ state: 'detached' });
    expect(await sentence(page)).toContain('rejected by destination');
  });

  test('numbers that are estimates carry a sign, the others none', async () => {
    const page = await visit('/?range=1h');
    await page.getByTestId('standing-path').waitFor();
    const line = (path: string) => page.getByTestId('standing-path').getByRole('row', { name: new RegExp(`^${path}`) }).innerText();
    expect(await line('chat')).toContain('≈');
    expect(await line('push')).not.toContain('≈');
    expect(await sentence(page)).toMatch(/≈\s\d+ cannot be judged/);
    expect(await page.getByTestId('path-chat').getByTitle(/^Estimated: /).count()).toBe(1);
  });

  test('what was learned unfolds below its path, and the clocks are one line until one is wrong', async () => {
    const page = await visit('/?range=1h');
    await page.getByText('All 12 clocks agree.').waitFor();
    const learned = page.getByTestId('learned-orders');
    expect(await learned.innerText()).toContain('2\u00a0differences from the configuration');
    await learned.locator('summary').focus();
    await page.keyboard.press('Enter');
    await learned.getByText('routed is declared but was never seen').waitFor();
    expect(await learned.innerText()).toMatch(/enriched 98\.9\s%[\s\S]*went without enriched/);
    server.world = { ...world, clocks: someClocks(world.now, 2) };
    await page.reload();
    await page.getByText('2 of 12 clocks are wrong').waitFor();
    expect(await page.getByTestId('clocks').innerText()).toMatch(/node-1\s+5\ss ahead, ±\s1\.2\sms\s+gains 0\.42\sppm[\s\S]*node-2[\s\S]*suspect/);
  });

  test('follows the pulse, stands still while paused, and says what waits', async () => {
    const page = await visit('/?range=1h');
    await page.getByTestId('path-chat').waitFor();
    const before = await sentence(page);
    const flowing = world.deliveries.filter((delivery) => delivery.verdict !== 'stuck');
    await page.getByRole('button', { name: 'live' }).click();
    server.pulse();
    await page.getByRole('button', { name: /^paused/ }).waitFor();
    server.world = { ...world, deliveries: [...flowing, ...flowing.slice(0, 500)] };
    server.pulse();
    await page.getByRole('button', { name: /paused, \d+ newer/ }).waitFor();
    expect(await sentence(page)).toBe(before);
    await page.getByRole('button', { name: /^paused/ }).click();
    await expect.poll(async () => (server.pulse(), sentence(page)), { timeout: 10_000, interval: 300 }).toContain('None is stuck');
  });

  test('an empty server teaches, and the page fills by itself when the first message comes', async () => {
    server.world = emptyWorld;
    const page = await visit('/');
    await page.getByText('Nothing has arrived yet.').waitFor();
    expect(await page.locator('pre').first().innerText()).toMatch(/^curl -sS http:\/\/127\.0\.0\.1:4318\/v1\/traces .*"startTimeUnixNano":"\d{19}"/);
    expect(await page.getByText('hopstamp demo').isVisible()).toBe(true);
    server.world = world;
    await expect.poll(async () => (server.pulse(), sentence(page)), { timeout: 10_000, interval: 300 }).toContain('were in time');
  });

  test('an error says what to do and can be tried again', async () => {
    server.failure = { status: 400, body: { title: 'Bad Request', status: 400, detail: 'Give since as a duration like 15m.' } };
    const page = await visit('/');
    const alert = page.getByRole('alert');
    await alert.getByText('Give since as a duration like 15m.').waitFor();
    server.failure = null;
    await alert.getByRole('button', { name: 'Try again' }).click();
    await page.getByTestId('path-chat').waitFor();
  });
});

describe('What happened to this message?', () => {
  test('from the list to the journey: sentence, picture, deliveries, ids', async () => {
    const page = await visit('/messages?range=1h');
    await page.getByRole('link', { name: /m-retry/ }).first().click();
    await page.waitForURL(/\/messages\/m-retry\?delivery=/);
    await page.getByTestId('journey').waitFor();
    expect(await sentence(page)).toContain('crm answered 503 twice');
    expect(await page.getByTestId('deliveries').innerText()).toMatch(/crm[\s\S]*processed[\s\S]*late/);
    await page.getByRole('button', { name: /^invoked .*503 Service Unavailable/ }).first().click();
    await page.waitForURL(/stamp=3/);
    await page.getByTestId('stamp-facts').getByText('Failed: rejection, 503 Service Unavailable').waitFor();
  });

  test('a fan-out folds, and unfolds on request', async () => {
    const page = await visit('/messages/m-room');
    await page.getByTestId('journey').waitFor();
    const bars = () => page.locator('[data-stamp]').count();
    expect(await bars()).toBeLessThan(10);
    await page.getByRole('button', { name: 'All lanes' }).click();
    await expect.poll(bars).toBe(400);
  });

  test('joins, clocks and what is missing are told before the journey is believed', async () => {
    const page = await visit('/messages/m-batch?delivery=m-batch/crm');
    expect(await page.getByTestId('notes').innerText()).toMatch(/usually passes enriched[\s\S]*node-9 is 5\ss \(±\s6\sms\) ahead[\s\S]*node-12 is suspect/);
    expect(await page.getByTestId('stamps').innerText()).toMatch(/shared by 14\smessages\s+message id probable[\s\S]*conversation id weak/);
    expect(await page.getByTestId('deliveries').innerText()).toMatch(/about 45\.7\sms \(40 to 52\sms, clocks differ\) waiting/);
    await page.goto(`${origin}/messages/m-7f3a`);
    await page.getByTestId('journey').waitFor();
    expect(await page.getByTestId('notes').count()).toBe(0);
  });

  test('what cannot be verified is neither good nor bad, and says why', async () => {
    const page = await visit('/messages/m-unsure?delivery=m-unsure/u-31');
    expect(await page.getByTestId('deliveries').innerText()).toMatch(/unverifiable[\s\S]*not judged[\s\S]*Neither good nor bad: its traces were sampled before they came here/);
  });

  test('a stamp opens as all that its span says, and a link shows the same', async () => {
    const page = await visit('/messages/m-batch?stamp=2');
    await page.getByTestId('stamp-facts').getByRole('button', { name: 'all that it says' }).click();
    await page.waitForURL(/spans=open&span=/);
    await page.getByTestId('span-facts').getByText('ot=th:f;rv:f1c2a90034bd11').waitFor();
    expect(await page.getByTestId('span-facts').innerText()).toMatch(/messaging\.batch\.message_count\s+14[\s\S]*messaging\.kafka\.offset\s+9007199254740993/);
    await page.reload();
    await page.getByTestId('span-facts').waitFor();
    await page.getByTestId('spans').locator('summary').click();
    await page.waitForURL((url) => !url.search.includes('spans='));
  });

  test('spans are read only when they are opened, and say when they are gone or cannot be read', async () => {
    const kept = world.messages.get('m-retry');
    if (!kept) throw new Error('the world has no m-retry');
    server.world = { ...world, messages: new Map([['m-old', { ...kept, key: 'm-old', stamps: [], joins: [], complete: false }]]) };
    const page = await visit('/messages/m-old');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.getByTestId('deliveries').waitFor();
    expect(asked.filter((address) => address.endsWith('/spans'))).toEqual([]);
    server.failure = { status: 400, body: { title: 'Bad Request', status: 400, detail: 'The spans could not be read.' } };
    const panel = page.getByTestId('spans');
    await panel.locator('summary').focus();
    await page.keyboard.press('Enter');
    await panel.getByRole('alert').getByText('The spans could not be read.').waitFor();
    server.failure = null;
    await panel.getByRole('button', { name: 'Try again' }).click();
    await panel.getByText('None of its spans were kept, and the log no longer holds them.').waitFor();
  });

  test('an unknown id gets helpful words', async () => {
    const page = await visit('/messages/nobody');
    await page.getByTestId('unknown').waitFor();
    expect(await page.getByTestId('unknown').innerText()).toMatch(/Nothing is known of nobody[\s\S]*in the last 7 days/);
    await page.getByRole('link', { name: /Search the deliveries/ }).click();
    await page.waitForURL(/q=nobody/);
    await page.getByText('No delivery in the last day matches.').waitFor();
  });

  test('a journey whose spans are gone keeps its deliveries', async () => {
    const kept = world.messages.get('m-retry');
    if (!kept) throw new Error('the world has no m-retry');
    server.world = { ...world, messages: new Map([['m-old', { ...kept, key: 'm-old', stamps: [], joins: [], complete: false }]]) };
    const page = await visit('/messages/m-old');
    await page.getByText('The log no longer holds the spans').waitFor();
    expect(await page.getByTestId('deliveries').isVisible()).toBe(true);
    expect(await page.getByTestId('journey').count()).toBe(0);
  });

  test('new deliveries wait to be asked for, rows keep their place', async () => {
    const page = await visit('/messages?range=1h');
    const first = await page.getByRole('listitem').first().innerText();
    const newcomers = [1, 2, 3].map((serial) => aDelivery({ id: `m-new-${serial}`, key: `m-new-${serial}`, started: new Date(world.now - 1 - serial).toISOString() }));
    server.world = { ...world, deliveries: [...newcomers, ...world.deliveries] };
    const button = page.getByRole('button', { name: '3 newer' });
    await expect.poll(async () => (server.pulse(), button.count()), { timeout: 10_000, interval: 300 }).toBe(1);
    expect(idOf(await page.getByRole('listitem').first().innerText())).toBe(idOf(first));
    await button.click();
    await expect.poll(() => page.getByRole('link', { name: /m-new-/ }).count()).toBe(3);
  });

  test('a long list reads on as it is scrolled, and draws only what is seen', async () => {
    const page = await visit('/messages?range=1h');
    await page.getByRole('listitem').first().waitFor();
    const height = () => page.getByRole('list', { name: /Deliveries/ }).evaluate((list) => list.clientHeight);
    const before = await height();
    await page.mouse.move(700, 500);
    await expect.poll(async () => (await page.mouse.wheel(0, 3000), height()), { timeout: 10_000 }).toBeGreaterThan(before);
    expect(await page.getByRole('listitem').count()).toBeLessThan(90);
  });
});

describe('by keyboard', () => {
  test('search, help, and the way between the pages', async () => {
    const page = await visit('/');
    await page.getByTestId('path-chat').waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('g');
    await page.keyboard.press('m');
    await page.waitForURL(/\/messages/);
    await page.keyboard.press('/');
    await page.keyboard.type('m-stuck');
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/messages\/m-stuck/);
    await expect.poll(() => sentence(page)).toContain('Stuck for u-9'); // the address changes before the page
    await page.keyboard.press('g');
    await page.keyboard.press('h');
    await page.waitForURL((url) => url.pathname === '/');
  });

  test('arrows walk the list, Enter opens', async () => {
    const page = await visit('/messages?range=1h&verdict=stuck');
    await page.getByRole('listitem').first().getByRole('link').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowUp');
    const focused = await page.evaluate(() => document.activeElement?.getAttribute('href') ?? '');
    expect(focused).toBe(await page.getByRole('listitem').nth(1).getByRole('link').getAttribute('href'));
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.pathname + url.search === focused);
  });

  test('arrows walk the stamps of a journey', async () => {
    const page = await visit('/messages/m-7f3a');
    await page.locator('[data-stamp="0"]').focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/stamp=0/);
    await page.keyboard.press('ArrowRight');
    await page.waitForURL(/stamp=1/);
    await page.getByTestId('stamp-facts').getByText('send chat').waitFor();
  });
});

describe('at 390 px', () => {
  test.each(['/?range=1h', '/messages?range=1h', '/messages/m-7f3a?stamp=2', '/messages/m-batch?spans=open&span=f067aa0b00000002&stamp=2&delivery=m-batch/crm', '/messages/m-room', '/messages/m-stuck', '/messages/nobody', '/nowhere'])('%s does not scroll sideways', async (path) => {
    const page = await visit(path, PHONE);
    await page.waitForLoadState('networkidle', { timeout: 2_000 }).catch(() => undefined);
    const { scroll, client } = await page.evaluate(() => ({ scroll: document.documentElement.scrollWidth, client: document.documentElement.clientWidth }));
    expect(scroll).toBeLessThanOrEqual(client);
  });

  test('the sentence is in view at once', async () => {
    const page = await visit('/?range=1h', PHONE);
    await page.getByTestId('path-chat').waitFor();
    const box = await page.getByTestId('sentence').boundingBox();
    expect(box && box.y + box.height).toBeLessThan(844 * 0.6);
  });
});

test('the theme follows the system until it is chosen, and is then remembered', async () => {
  const page = await visit('/', { ...DESK, dark: true });
  const scheme = () => page.evaluate(() => document.documentElement.dataset['mantineColorScheme']);
  expect(await scheme()).toBe('dark');
  await page.getByRole('button', { name: 'Switch to light' }).click();
  expect(await scheme()).toBe('light');
  await page.reload();
  expect(await scheme()).toBe('light');
});
