// SPDX-License-Identifier: Apache-2.0
import { type Filter, narrow } from './filter';
import { type Band, VERDICTS_OF_STATE } from './verdict';

/** Doors from a number to exactly the deliveries behind it: a filter that counts the same. */

export function bandDoor(filter: Filter, band: Band): Filter {
  if (band === 'in_time' || band === 'late') return narrow(filter, { timeliness: [band] });
  return narrow(filter, { verdict: VERDICTS_OF_STATE[band] });
}

export function stuckDoor(filter: Filter): Filter {
  return narrow(filter, { verdict: ['stuck'] });
}

export function pendingDoor(filter: Filter): Filter {
  return narrow(filter, { verdict: ['pending'] });
}

/** What the deadline has judged: good, bad or stuck. */
export function judgedDoor(filter: Filter): Filter {
  return narrow(filter, { verdict: [...VERDICTS_OF_STATE.good, 'stuck', ...VERDICTS_OF_STATE.bad] });
}

export function hopDoor(filter: Filter, hop: string, verdicts: readonly string[]): Filter {
  return narrow(filter, { hop: [hop], verdict: verdicts });
}

/** What is on the way now may have begun before the range that is looked at. */
export function nowFilter(filter: Filter): Filter {
  return { ...filter, range: '1d', since: '', until: '' };
}

/** What took longer than so many microseconds. */
export function slowerDoor(filter: Filter, micros: number): Filter {
  return { ...filter, slowerThan: `${Math.round(micros)}us` };
}

/** One bar of the chart: a fixed window, both ends in milliseconds since 1970. */
export function windowDoor(filter: Filter, since: number, until: number): Filter {
  return { ...filter, since: new Date(since).toISOString(), until: new Date(until).toISOString() };
}
