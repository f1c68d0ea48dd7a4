// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '../clock';
import type { Stamp } from './journey';

/**
 * The stamps by the clock of the host where the message began: what came first stands
 * first, whoever said it. Their raw start and end stay what was sent.
 */
export function setRight(stamps: readonly Stamp[], clocks: readonly Clock[]): readonly Stamp[] {
  if (clocks.length === 0) return stamps;
  const ahead = new Map(clocks.map((clock) => [clock.host, clock.aheadMicros]));
  return stamps.map((stamp) => ({ ...stamp, offsetMicros: stamp.offsetMicros - (ahead.get(stamp.host) ?? 0) }));
}
