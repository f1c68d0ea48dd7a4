// SPDX-License-Identifier: Apache-2.0
import { listenLive, type Pulse } from '../../api/live';

/** What a view may know of the line to the server. */
export interface LiveState {
  readonly pulse: Pulse | null;
  /** Milliseconds since 1970 of the last pulse before the line broke; null while it holds. */
  readonly staleSince: number | null;
  /** Whether any attempt to connect has ended, well or not. */
  readonly known: boolean;
}

export type PulseListener = (pulse: Pulse) => void;

/** Spreads the server's pulse to the views, which subscribe to its state or to each beat. */
export class LiveFeed {
  private state: LiveState = { pulse: null, staleSince: null, known: false };
  private lastBeat = Date.now();
  private readonly watchers = new Set<() => void>();
  private readonly listeners = new Set<PulseListener>();

  start(): () => void {
    return listenLive({
      onPulse: (pulse) => {
        this.lastBeat = Date.now();
        this.become({ pulse, staleSince: null, known: true });
        for (const listener of this.listeners) listener(pulse);
      },
      onBreak: () => {
        if (this.state.staleSince === null) this.become({ ...this.state, staleSince: this.lastBeat, known: true });
      },
    });
  }

  readonly watch = (watcher: () => void): (() => void) => {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  };

  readonly read = (): LiveState => this.state;

  listen(listener: PulseListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private become(state: LiveState): void {
    this.state = state;
    for (const watcher of this.watchers) watcher();
  }
}
