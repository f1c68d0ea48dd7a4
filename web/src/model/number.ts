// SPDX-License-Identifier: Apache-2.0
/** A space that does not break, between a number and its unit. */
export const GAP = '\u00a0';

const COUNT = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** 41310 -> "41,310". */
export function formatCount(count: number): string {
  return COUNT.format(count);
}

/** What stands before a number that is an estimate, and what it means. */
export const ABOUT = `≈${GAP}`;
export const ESTIMATED = 'Estimated: it counts deliveries that cannot be verified or are known only as so many of a batch, or others like them were sampled away before they came here';

/** "1 delivery", "41,310 deliveries". */
export function countOf(count: number, one: string, many: string): string {
  return `${formatCount(count)}${GAP}${count === 1 ? one : many}`;
}

/**
 * A share (0 to 1) in percent. It never rounds to a whole it is not: 0.9999 is
 * "99.9 %" and not "100 %", 0.00001 is "<0.1 %" and not "0 %".
 */
export function formatShare(share: number): string {
  if (share >= 1) return `100${GAP}%`;
  if (share <= 0) return `0${GAP}%`;
  const percent = share * 100;
  if (percent >= 99.9) return `${(Math.floor(percent * 100) / 100).toFixed(2)}${GAP}%`;
  if (percent < 0.1) return `<0.1${GAP}%`;
  return `${(Math.floor(percent * 10 + 1e-9) / 10).toFixed(1)}${GAP}%`;
}

/** A share in whole percent, for what needs no decimals ("71 %"). */
export function formatWholeShare(share: number): string {
  const percent = Math.round(share * 100);
  if (percent === 0 && share > 0) return `<1${GAP}%`;
  if (percent === 100 && share < 1) return `99${GAP}%`;
  return `${percent}${GAP}%`;
}

/** A rate with three significant digits: "45.9", "0.033", "1,240". */
export function formatRate(perSecond: number): string {
  if (perSecond >= 100) return formatCount(perSecond);
  return String(Number(perSecond.toPrecision(perSecond >= 1 ? 3 : 2)));
}
