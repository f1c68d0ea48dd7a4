// SPDX-License-Identifier: Apache-2.0
import { useElementSize } from '@mantine/hooks';
import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import { formatMinute } from '../../model/instant';
import { formatCount } from '../../model/number';
import { type Series, stack } from '../../model/series';
import type { Band } from '../../model/verdict';
import styles from './chart.module.css';
import { bandFills } from './fills';

interface StackPlotProps {
  readonly series: Series;
  /** From the bottom of the stack up. */
  readonly bands: readonly Band[];
  readonly height: number;
  readonly timeAxis: boolean;
  readonly label: string;
  readonly onHover: (index: number | null) => void;
  readonly onPick: (index: number) => void;
}

const CURSOR_GROUP = 'verdicts';
const COUNT_AXIS_WIDTH = 52;
const VEIL = 0.55;

/** Stacked bars of deliveries by band. What is under the pointer is told to the owner. */
export function StackPlot({ series, bands, height, timeAxis, label, onHover, onPick }: StackPlotProps) {
  const { ref: sized, width } = useElementSize();
  const plot = useRef<uPlot | null>(null);
  const frame = useRef<HTMLDivElement>(null);
  const handlers = useRef({ onHover, onPick });
  const data = useRef(series);
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false });
  useEffect(() => {
    handlers.current = { onHover, onPick };
    data.current = series;
  });

  const bandNames = bands.join(' ');
  useEffect(() => {
    if (!frame.current || width === 0) return;
    const options = plotOptions({ bands, width, height, timeAxis, frame: frame.current, onHover: (index) => handlers.current.onHover(index), step: () => data.current.stepSeconds, partial: () => data.current.partial });
    const drawn = new uPlot(options, plotData(data.current, bands), frame.current);
    const pick = () => {
      const index = drawn.cursor.idx;
      if (typeof index === 'number') handlers.current.onPick(index);
    };
    drawn.over.addEventListener('click', pick);
    plot.current = drawn;
    return () => {
      plot.current = null;
      drawn.destroy();
    };
    // `bands` is named by its words: a new array of the same bands draws nothing new.
  }, [bandNames, width, height, timeAxis, scheme]);

  useEffect(() => {
    plot.current?.setData(plotData(series, bands));
  }, [series, bandNames]);

  return (
    <div ref={sized} className={styles.plot} style={{ height }} role="img" aria-label={label}>
      <div ref={frame} />
    </div>
  );
}

/** The tallest of the stack first, so that each lower one is drawn over it. */
function plotData(series: Series, bands: readonly Band[]): uPlot.AlignedData {
  return [[...series.starts], ...stack(series, bands).map((values) => [...values]).reverse()];
}

interface PlotChoice {
  readonly bands: readonly Band[];
  readonly width: number;
  readonly height: number;
  readonly timeAxis: boolean;
  readonly frame: HTMLElement;
  readonly onHover: (index: number | null) => void;
  readonly step: () => number;
  /** Steps that are not whole. */
  readonly partial: () => ReadonlySet<number>;
}

function plotOptions({ bands, width, height, timeAxis, frame, onHover, step, partial }: PlotChoice): uPlot.Options {
  const style = getComputedStyle(frame);
  const ink = style.getPropertyValue('--ink-3');
  const rule = style.getPropertyValue('--rule');
  const fills = bandFills(style);
  const bars = uPlot.paths.bars?.({ size: [0.86, 60], align: 1 });
  const font = `11px ${style.fontFamily}`;
  return {
    width,
    height,
    legend: { show: false },
    padding: [6, 18, timeAxis ? 0 : 7, 0],
    cursor: {
      sync: { key: CURSOR_GROUP, scales: ['x', null] },
      y: false,
      points: { show: false },
      drag: { x: false, y: false },
      dataIdx: (self, _series, _closest, x) => Math.min(self.data[0].length - 1, Math.max(0, Math.floor((x - (self.data[0][0] ?? 0)) / step()))),
    },
    hooks: { draw: [(self) => veil(self, partial(), step(), style.getPropertyValue('--paper'))], setCursor: [(self) => onHover(self.cursor.left !== undefined && self.cursor.left >= 0 ? (self.cursor.idx ?? null) : null)] },
    scales: {
      x: { time: true, range: (self) => [self.data[0][0] ?? 0, (self.data[0].at(-1) ?? 0) + step()] },
      y: { range: (_self, _min, max) => [0, Math.max(4, max * 1.08)] },
    },
    axes: [
      { show: timeAxis, size: 24, font, stroke: ink, grid: { show: false }, ticks: { stroke: rule, size: 4 }, values: (_self, splits) => splits.map((split) => formatMinute(split * 1000)), space: 64 },
      { size: COUNT_AXIS_WIDTH, font, stroke: ink, grid: { stroke: rule, width: 1 }, ticks: { show: false }, space: 28, values: (_self, splits) => splits.map((split) => (Number.isInteger(split) ? formatCount(split) : '')) },
    ],
    series: [{}, ...[...bands].reverse().map((band): uPlot.Series => ({ width: 0, fill: () => fills[band], ...(bars ? { paths: bars } : {}), points: { show: false } }))],
  };
}

/** What is not whole is drawn paler, so that half a minute does not look like a drop. */
function veil(plot: uPlot, steps: ReadonlySet<number>, stepSeconds: number, paper: string): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.globalAlpha = VEIL;
  ctx.fillStyle = paper;
  for (const index of steps) {
    const start = plot.data[0][index];
    if (start === undefined) continue;
    const left = Math.max(bbox.left, plot.valToPos(start, 'x', true));
    ctx.fillRect(left, bbox.top, plot.valToPos(start + stepSeconds, 'x', true) - left, bbox.height);
  }
  ctx.restore();
}
