// SPDX-License-Identifier: Apache-2.0
import { afterEach, expect, test, vi } from 'vitest';
import { ApiError, request } from './request';

afterEach(() => vi.unstubAllGlobals());

function answerWith(response: Response | Error): void {
  vi.stubGlobal('fetch', () => (response instanceof Error ? Promise.reject(response) : Promise.resolve(response)));
}

async function problem(): Promise<ApiError> {
  const outcome = await request('/ledger', new URLSearchParams(), new AbortController().signal).catch((error: unknown) => error);
  if (!(outcome instanceof ApiError)) throw new Error(`expected an ApiError, got ${String(outcome)}`);
  return outcome;
}

test('a problem speaks in the server\'s words, and names the field', async () => {
  const body = { title: 'Bad Request', status: 400, detail: 'Give a duration like 15m.', errors: [{ message: 'is no duration', location: 'query.since' }] };
  answerWith(new Response(JSON.stringify(body), { status: 400, headers: { 'Content-Type': 'application/problem+json' } }));
  expect(await problem()).toMatchObject({ status: 400, title: 'Bad Request', message: 'Give a duration like 15m. query.since: is no duration' });
});

test('an answer that is no problem document still says what to do', async () => {
  answerWith(new Response('<html>', { status: 502 }));
  expect(await problem()).toMatchObject({ status: 502, title: 'The server answered 502', message: 'Look at the output of `hopstamp serve` for the cause.' });
});

test('silence is a problem too', async () => {
  answerWith(new TypeError('network'));
  expect(await problem()).toMatchObject({ status: 0, title: 'Hopstamp does not answer' });
});
