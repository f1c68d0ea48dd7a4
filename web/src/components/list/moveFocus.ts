// SPDX-License-Identifier: Apache-2.0
import type { KeyboardEvent } from 'react';

/**
 * Arrow keys move between the rows of a list, Enter opens the one in focus. A row
 * is the nearest element marked `data-row`; it, or the first link in it, takes the focus.
 */
export function moveFocus(event: KeyboardEvent<HTMLElement>, open: () => void): void {
  if (event.target !== event.currentTarget) return;
  const row = event.currentTarget.closest('[data-row]');
  if (event.key === 'Enter') {
    event.preventDefault();
    open();
  } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    event.preventDefault();
    focusRow(neighbour(row, event.key === 'ArrowDown' ? 'nextElementSibling' : 'previousElementSibling'));
  }
}

/** The next row in a direction; what is opened between two rows is passed over. */
function neighbour(row: Element | null, direction: 'nextElementSibling' | 'previousElementSibling'): Element | null {
  let next = row?.[direction] ?? null;
  while (next && !next.matches('[data-row]')) next = next[direction];
  return next;
}

function focusRow(row: Element | null): void {
  if (!(row instanceof HTMLElement)) return;
  const target = row.tabIndex >= 0 ? row : row.querySelector<HTMLElement>('a, button');
  target?.focus();
}
