// SPDX-License-Identifier: Apache-2.0
import { queryOptions } from '@tanstack/react-query';
import type { SourceClock } from '../model/clock';
import { request } from './request';

export interface SourceClockWire {
  readonly host: string;
  readonly offset_us: number;
  readonly bound_us: number;
  readonly drift_ppm: number;
  readonly suspect: boolean;
  readonly since: string;
}

interface ClocksWire {
  readonly items: readonly SourceClockWire[] | null;
}

export const clocksKey = ['clocks'] as const;

/** The clocks of all hosts that were heard of lately, the wrong ones first. */
export const clocksQuery = queryOptions({
  queryKey: [...clocksKey],
  queryFn: async ({ signal }) => ((await request<ClocksWire>('/clocks', new URLSearchParams(), signal)).items ?? []).map(toClock),
});

/** Here, other than in a message, the offset is how far the host is ahead. */
function toClock(wire: SourceClockWire): SourceClock {
  return { host: wire.host, aheadMicros: wire.offset_us, boundMicros: wire.bound_us, driftPpm: wire.drift_ppm, suspect: wire.suspect, since: wire.since };
}
