// SPDX-License-Identifier: Apache-2.0
import { GAP } from './number';

/** Microseconds since 1970 of an RFC 3339 time; digits past the microsecond are cut. NaN when it is no time. */
export function parseMicros(rfc3339: string): number {
  const fraction = /\.(\d+)/.exec(rfc3339)?.[1] ?? '';
  const whole = Date.parse(rfc3339.replace(/\.\d+/, ''));
  return whole * 1000 + Number(fraction.slice(0, 6).padEnd(6, '0'));
}

/** "12 s ago", "3 min ago", "in 4 s": how far a time is from now, both in milliseconds since 1970. */
export function formatRelative(time: number, now: number): string {
  const seconds = Math.round((now - time) / 1000);
  if (seconds < 0 && seconds > -2) return 'just now';
  if (seconds < 0) return `in${GAP}${coarse(-seconds)}`;
  return seconds < 1 ? 'just now' : `${coarse(seconds)}${GAP}ago`;
}

/** Local wall time to the second, "03:04:05". */
export function formatClock(time: number): string {
  return new Date(time).toLocaleTimeString('en-GB', { hour12: false });
}

/** Local wall time to the minute, "03:04". */
export function formatMinute(time: number): string {
  return formatClock(time).slice(0, 5);
}

/** The absolute time for a hover text: local date and time, then UTC as it came. */
export function formatAbsolute(rfc3339: string): string {
  const time = Date.parse(rfc3339);
  if (Number.isNaN(time)) return rfc3339;
  const local = new Date(time).toLocaleString('en-GB', { hour12: false, timeZoneName: 'short' });
  return `${local} (${rfc3339})`;
}

function coarse(seconds: number): string {
  if (seconds < 60) return `${seconds}${GAP}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}${GAP}min`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}${GAP}h`;
  return `${Math.floor(seconds / 86_400)}${GAP}d`;
}
