// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef } from 'react';

const SECOND_KEY_MS = 1200;

/** Two keys after each other, the first of which is "g": g h, g m. */
export function useGoKeys(places: Readonly<Record<string, () => void>>): void {
  const latest = useRef(places);
  useEffect(() => {
    latest.current = places;
  });
  useEffect(() => {
    let armed = -Infinity;
    const onKey = (event: KeyboardEvent) => {
      if (isTyping(event.target) || event.metaKey || event.ctrlKey || event.altKey) return;
      if (event.key === 'g') {
        armed = event.timeStamp;
        return;
      }
      const go = latest.current[event.key];
      if (go && event.timeStamp - armed < SECOND_KEY_MS) {
        event.preventDefault();
        go();
      }
      armed = -Infinity;
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]');
}
