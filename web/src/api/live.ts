// SPDX-License-Identifier: Apache-2.0
import { liveAddress } from './request';

/** One heartbeat of the server. */
export interface Pulse {
  /** Server's time, RFC 3339. */
  readonly time: string;
  readonly deliveries: number;
  readonly inFlight: number;
  readonly stuck: number;
  readonly lagMicros: number;
}

interface PulseWire {
  readonly time: string;
  readonly deliveries: number;
  readonly in_flight: number;
  readonly stuck: number;
  readonly lag_us: number;
}

export interface LiveListener {
  readonly onPulse: (pulse: Pulse) => void;
  readonly onBreak: () => void;
}

/** A pulse comes at least every 15 s, so a silence longer than this is a broken line. */
const SILENCE_MS = 20_000;
const RETRY_MS = 3_000;

/**
 * Listens to the server's pulse until the returned function is called. A line that
 * breaks or falls silent is opened again by itself. A hidden page lets go of its
 * line, because a browser grants only six to one server.
 */
export function listenLive(listener: LiveListener): () => void {
  let source: EventSource | null = null;
  let timer = 0;

  const close = () => {
    window.clearTimeout(timer);
    source?.close();
    source = null;
  };
  const expectWithin = (milliseconds: number) => {
    window.clearTimeout(timer);
    timer = window.setTimeout(reopen, milliseconds);
  };
  const open = () => {
    source = new EventSource(liveAddress);
    source.addEventListener('pulse', (event) => {
      expectWithin(SILENCE_MS);
      const pulse = parsePulse(event.data);
      if (pulse) listener.onPulse(pulse);
    });
    source.addEventListener('error', () => {
      listener.onBreak();
      expectWithin(RETRY_MS);
    });
    expectWithin(SILENCE_MS);
  };
  function reopen() {
    listener.onBreak();
    close();
    open();
  }
  const follow = () => {
    if (document.hidden) close();
    else if (!source) open();
  };

  document.addEventListener('visibilitychange', follow);
  follow();
  return () => {
    document.removeEventListener('visibilitychange', follow);
    close();
  };
}

function parsePulse(data: string): Pulse | null {
  try {
    const wire: PulseWire = JSON.parse(data);
    return {
      time: wire.time,
      deliveries: wire.deliveries,
      inFlight: wire.in_flight,
      stuck: wire.stuck,
      lagMicros: wire.lag_us,
    };
  } catch {
    return null;
  }
}
