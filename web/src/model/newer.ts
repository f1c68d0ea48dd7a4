// SPDX-License-Identifier: Apache-2.0
import type { Delivery } from './delivery';

/** What a fresh look at the newest page tells about a list already on the screen. */
export interface News {
  /**
   * Deliveries that are not shown although they belong above the last row, newest first:
   * most began after the newest one shown, some only became known after it.
   */
  readonly newer: readonly Delivery[];
  /** Whether there may be more newer ones than the page could hold. */
  readonly more: boolean;
  /** Shown deliveries of which more is known now, by id. */
  readonly changed: ReadonlyMap<string, Delivery>;
}

export const NO_NEWS: News = { newer: [], more: false, changed: new Map() };

export function findNews(shown: readonly Delivery[], newest: readonly Delivery[]): News {
  const known = new Map(shown.map((delivery) => [delivery.id, delivery]));
  const bottom = shown.at(-1)?.started ?? '';
  const newer = newest.filter((delivery) => !known.has(delivery.id) && delivery.started > bottom);
  const changed = newest.filter((delivery) => known.has(delivery.id) && known.get(delivery.id)?.updated !== delivery.updated);
  return {
    newer,
    more: newer.length > 0 && newer.length === newest.length && shown.length > 0,
    changed: new Map(changed.map((delivery) => [delivery.id, delivery])),
  };
}

/** The rows with the newcomers among them, newest first. */
export function mergeNewer(rows: readonly Delivery[], newer: readonly Delivery[]): readonly Delivery[] {
  return [...newer, ...rows].sort((a, b) => (a.started === b.started ? 0 : a.started < b.started ? 1 : -1));
}
