// SPDX-License-Identifier: Apache-2.0
import { useLocalStorage } from '@mantine/hooks';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { LiveFeed, type LiveState } from './liveFeed';

interface Live {
  readonly feed: LiveFeed;
  readonly paused: boolean;
  readonly setPaused: (paused: boolean) => void;
}

const LiveContext = createContext<Live | null>(null);

export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const [feed] = useState(() => new LiveFeed());
  const [paused, setPaused] = useLocalStorage({ key: 'hopstamp.paused', defaultValue: false, getInitialValueInEffect: false });
  useEffect(() => feed.start(), [feed]);
  const live = useMemo(() => ({ feed, paused, setPaused }), [feed, paused, setPaused]);
  return <LiveContext value={live}>{children}</LiveContext>;
}

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error('useLive needs a LiveProvider above it');
  return live;
}

/** The state of the line; the view is drawn again on each beat. */
export function useLiveState(): LiveState {
  const { feed } = useLive();
  return useSyncExternalStore(feed.watch, feed.read);
}

/** Calls back on a pulse, at most once in `every` milliseconds, and never while paused. */
export function useOnPulse(every: number, callback: () => void): void {
  const { feed, paused } = useLive();
  const latest = useRef(callback);
  useEffect(() => {
    latest.current = callback;
  });
  useEffect(() => {
    if (paused) return;
    let last = 0;
    return feed.listen(() => {
      const now = Date.now();
      if (now - last < every) return;
      last = now;
      latest.current();
    });
  }, [feed, paused, every]);
}

/** Now in milliseconds, drawn again each second; it stands still while paused. */
export function useNow(): number {
  const { paused } = useLive();
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (paused) return;
    const timer = window.setInterval(() => setNow(Date.now()), 1000);
    return () => window.clearInterval(timer);
  }, [paused]);
  return now;
}
