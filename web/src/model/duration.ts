// SPDX-License-Identifier: Apache-2.0
import { GAP } from './number';

const MILLISECOND = 1_000;
const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Microseconds in words with three significant digits: "90 µs", "12.3 ms", "2.1 s", "2 min 5 s". */
export function formatDuration(micros: number): string {
  const rounded = micros >= MINUTE ? Math.round(micros / SECOND) * SECOND : roundToThreeDigits(micros);
  if (rounded < MILLISECOND) return `${rounded}${GAP}µs`;
  if (rounded < SECOND) return `${decimal(rounded / MILLISECOND)}${GAP}ms`;
  if (rounded < MINUTE) return `${decimal(rounded / SECOND)}${GAP}s`;
  if (rounded < HOUR) return pair(rounded, MINUTE, 'min', SECOND, 's');
  if (rounded < DAY) return pair(rounded, HOUR, 'h', MINUTE, 'min');
  return pair(rounded, DAY, 'd', HOUR, 'h');
}

/** An offset on a time axis: "+184 ms", "-3 ms", "0". */
export function formatOffset(micros: number): string {
  if (micros === 0) return '0';
  return `${micros < 0 ? '\u2212' : '+'}${formatDuration(Math.abs(micros))}`;
}

function roundToThreeDigits(value: number): number {
  return Math.round(Number(value.toPrecision(3)));
}

function decimal(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function pair(micros: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const whole = Math.floor(micros / large);
  const rest = Math.floor((micros - whole * large) / small);
  const head = `${whole}${GAP}${largeUnit}`;
  return rest === 0 ? head : `${head}${GAP}${rest}${GAP}${smallUnit}`;
}
