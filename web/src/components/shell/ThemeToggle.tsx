// SPDX-License-Identifier: Apache-2.0
import { useComputedColorScheme, useMantineColorScheme } from '@mantine/core';

/** Follows the system until it is pressed; then it remembers. */
export function ThemeToggle() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  const other = scheme === 'dark' ? 'light' : 'dark';
  return (
    <button type="button" className="action" style={{ width: 30, padding: 0, justifyContent: 'center' }} aria-label={`Switch to ${other}`} title={`Switch to ${other}`} onClick={() => setColorScheme(other)}>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden>
        <circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" strokeWidth="1.5" />
        <path d="M8 1.8a6.2 6.2 0 0 1 0 12.4z" fill="currentColor" />
      </svg>
    </button>
  );
}
