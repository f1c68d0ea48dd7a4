// SPDX-License-Identifier: Apache-2.0
/** A stretch of time, microseconds after the message began. */
export interface Interval {
  readonly start: number;
  readonly end: number;
}

/** A stretch of the axis: time to pixels, linear inside. A folded one is drawn shorter than it lasted. */
export interface Segment extends Interval {
  readonly x0: number;
  readonly x1: number;
  readonly folded: boolean;
}

export interface TimeScale {
  readonly segments: readonly Segment[];
  readonly width: number;
  readonly folded: boolean;
  readonly x: (micros: number) => number;
}

export interface Tick {
  readonly x: number;
  readonly micros: number;
}

/** A gap is worth folding when it hides the rest: it alone is more than this part of everything. */
const FOLD_SHARE = 0.3;
/** Folding is worth its surprise when what is left is less than this part of everything. */
const LEFT_SHARE = 0.4;
const FOLD_WIDTH_SHARE = 0.28;
const LEAST_FOLD_WIDTH = 40;

/**
 * An axis from 0 to `end`. With `fold`, long stretches in which nothing works are
 * drawn short, so that milliseconds of work around minutes of waiting can be seen.
 */
export function buildTimeScale(busy: readonly Interval[], end: number, width: number, fold: boolean): TimeScale {
  const last = Math.max(1, end);
  const folds = fold ? findFolds(busy, last) : [];
  const segments = layOut(cut(folds, last), width);
  return { segments, width, folded: folds.length > 0, x: (micros) => place(segments, micros) };
}

/** Ticks at round times, about one in `spacing` pixels, none inside a fold. */
export function buildTicks(scale: TimeScale, spacing: number): readonly Tick[] {
  return scale.segments.flatMap((segment) => {
    if (segment.folded) return [];
    const span = segment.end - segment.start;
    const step = niceStep((span * spacing) / Math.max(1, segment.x1 - segment.x0));
    const ticks: Tick[] = [];
    for (let micros = Math.ceil(segment.start / step) * step; micros <= segment.end; micros += step) {
      ticks.push({ micros, x: scale.x(micros) });
    }
    return ticks;
  });
}

/** Stretches of [0, end] that no interval covers. */
export function findGaps(busy: readonly Interval[], end: number): readonly Interval[] {
  const gaps: Interval[] = [];
  let reached = 0;
  for (const interval of [...busy].sort((a, b) => a.start - b.start)) {
    if (interval.start > reached) gaps.push({ start: reached, end: Math.min(interval.start, end) });
    reached = Math.max(reached, interval.end);
    if (reached >= end) break;
  }
  if (reached < end) gaps.push({ start: reached, end });
  return gaps;
}

/** The same stretches with overlaps joined, in order. */
export function mergeIntervals(intervals: readonly Interval[]): readonly Interval[] {
  const merged: Interval[] = [];
  for (const interval of [...intervals].sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last && interval.start <= last.end) merged[merged.length - 1] = { start: last.start, end: Math.max(last.end, interval.end) };
    else merged.push(interval);
  }
  return merged;
}

function findFolds(busy: readonly Interval[], end: number): readonly Interval[] {
  const folds = findGaps(busy, end).filter((gap) => gap.end - gap.start > end * FOLD_SHARE);
  const left = folds.reduce((rest, gap) => rest - (gap.end - gap.start), end);
  return left < end * LEFT_SHARE ? folds : [];
}

function cut(folds: readonly Interval[], end: number): readonly (Interval & { folded: boolean })[] {
  const pieces: (Interval & { folded: boolean })[] = [];
  let from = 0;
  for (const fold of folds) {
    if (fold.start > from) pieces.push({ start: from, end: fold.start, folded: false });
    pieces.push({ ...fold, folded: true });
    from = fold.end;
  }
  if (from < end) pieces.push({ start: from, end, folded: false });
  return pieces;
}

function layOut(pieces: readonly (Interval & { folded: boolean })[], width: number): readonly Segment[] {
  const foldCount = pieces.filter((piece) => piece.folded).length;
  const onlyFolds = foldCount === pieces.length;
  const foldWidth = onlyFolds ? width / Math.max(1, foldCount) : Math.min(width / (foldCount + 1), Math.max(LEAST_FOLD_WIDTH, width * FOLD_WIDTH_SHARE));
  const openTime = pieces.reduce((sum, piece) => sum + (piece.folded ? 0 : piece.end - piece.start), 0);
  const openWidth = width - foldWidth * foldCount;
  let x = 0;
  return pieces.map((piece) => {
    const x0 = x;
    x += piece.folded ? foldWidth : (openWidth * (piece.end - piece.start)) / Math.max(1, openTime);
    return { ...piece, x0, x1: x };
  });
}

function place(segments: readonly Segment[], micros: number): number {
  const segment = segments.find((candidate) => micros <= candidate.end) ?? segments.at(-1);
  if (!segment) return 0;
  const part = (micros - segment.start) / Math.max(1, segment.end - segment.start);
  return segment.x0 + Math.min(1, Math.max(0, part)) * (segment.x1 - segment.x0);
}

/** 1, 2 or 5 times a power of ten; above a second also the steps of a clock. */
function niceStep(least: number): number {
  const clock = [10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400].map((s) => s * 1_000_000);
  if (least > 5_000_000) return clock.find((step) => step >= least) ?? Math.ceil(least / 86_400_000_000) * 86_400_000_000;
  const power = 10 ** Math.floor(Math.log10(Math.max(1, least)));
  return Math.max(1, [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least) ?? power * 10);
}
