// SPDX-License-Identifier: Apache-2.0
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2022',
    // Fonts stay files of their own, so that they are cached apart from the styles.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 600,
  },
  server: {
    proxy: { '/api': process.env['HOPSTAMP_API'] ?? 'http://127.0.0.1:7070' },
  },
  test: {
    include: ['src/**/*.test.ts'],
    environment: 'node',
  },
});
