// SPDX-License-Identifier: Apache-2.0
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [process.env['HOPSTAMP_SHOTS'] ? 'e2e/shots.ts' : 'e2e/**/*.test.ts'],
    environment: 'node',
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // One browser serves all files; two cores are not enough for more.
    fileParallelism: false,
  },
});
