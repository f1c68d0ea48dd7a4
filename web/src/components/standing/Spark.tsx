// SPDX-License-Identifier: Apache-2.0
import type { SparkStep } from '../../model/standing';
import styles from './standing.module.css';

const WIDTH = 132;
const HEIGHT = 20;

/** Deliveries over time in little bars; at their foot stand the late and bad ones, and upon those what is on the way. */
export function Spark({ steps }: { readonly steps: readonly SparkStep[] }) {
  const most = Math.max(1, ...steps.map((step) => step.all));
  const width = WIDTH / Math.max(1, steps.length);
  const height = (count: number) => (count === 0 ? 0 : Math.max(1, (HEIGHT * count) / most));
  return (
    <svg width={WIDTH} height={HEIGHT} className={styles.spark} aria-hidden>
      {steps.map((step, index) => (
        <g key={index}>
          <rect x={index * width} y={HEIGHT - height(step.all)} width={width * 0.8} height={height(step.all)} className={styles.sparkAll} />
          <rect x={index * width} y={HEIGHT - height(step.trouble) - height(step.waiting)} width={width * 0.8} height={height(step.waiting)} className={styles.sparkWaiting} />
          <rect x={index * width} y={HEIGHT - height(step.trouble)} width={width * 0.8} height={height(step.trouble)} className={styles.sparkBad} />
        </g>
      ))}
    </svg>
  );
}
