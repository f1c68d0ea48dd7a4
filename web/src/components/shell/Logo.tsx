// SPDX-License-Identifier: Apache-2.0
/** Two stages and the hop between them, hatched like every wait. */
export function Logo() {
  return (
    <svg viewBox="0 0 32 32" width="24" height="24" aria-hidden>
      <path d="M6 21A10 10 0 0 1 26 21" fill="none" stroke="currentColor" strokeWidth="3" strokeDasharray="3.2 3" />
      <circle cx="6" cy="22" r="4" fill="currentColor" />
      <circle cx="26" cy="22" r="4" fill="currentColor" />
    </svg>
  );
}
