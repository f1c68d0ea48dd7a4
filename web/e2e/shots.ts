// SPDX-License-Identifier: Apache-2.0
// Takes pictures of the pages for a person to look at: npm run shots
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'vitest';
import { launch, openPage } from './browser';
import { FakeServer } from './server';
import { busyWorld, emptyWorld, someClocks } from './world';

const PAGES: readonly (readonly [name: string, path: string])[] = [
  ['home', '/'],
  ['list', '/messages?range=1h'],
  ['journey-rendered', '/messages/m-7f3a?stamp=2'],
  ['journey-stuck', '/messages/m-stuck'],
  ['journey-retry', '/messages/m-retry?delivery=m-retry/crm'],
  ['journey-room', '/messages/m-room'],
  ['journey-batch', '/messages/m-batch?delivery=m-batch/crm&stamp=2'],
  ['spans', '/messages/m-batch?spans=open&span=f067aa0b00000002'],
  ['journey-unsure', '/messages/m-unsure?delivery=m-unsure/u-31'],
  ['unknown', '/messages/nobody'],
];

test('pictures', { timeout: 240_000 }, async () => {
  const folder = process.env['HOPSTAMP_SHOTS'] ?? 'shots';
  mkdirSync(folder, { recursive: true });
  const busy = busyWorld(Date.now());
  const server = new FakeServer(busy);
  const origin = await server.start();
  const browser = await launch();
  const worlds = new Map([
    ['clocks', { ...busy, clocks: someClocks(busy.now, 3) }],
    ['empty', emptyWorld],
  ]);
  for (const [name, path] of [...PAGES, ['clocks', '/'] as const, ['empty', '/'] as const]) {
    server.world = worlds.get(name) ?? busy;
    for (const width of [1440, 390]) {
      for (const dark of [false, true]) {
        const { page } = await openPage(browser, origin + path, { width, dark });
        await page.waitForLoadState('networkidle', { timeout: 3000 }).catch(() => undefined);
        await page.waitForTimeout(300);
        await page.screenshot({ path: join(folder, `${name}-${width}-${dark ? 'dark' : 'light'}.png`), fullPage: width > 600 });
        await page.context().close();
      }
    }
  }
  await browser.close();
  await server.stop();
});
