// SPDX-License-Identifier: Apache-2.0
import type { Filter } from '../../model/filter';
import type { Path } from '../../model/path';
import { drawPath, type HopPicture } from '../../model/pathPicture';
import { HopFacts } from './HopFacts';
import styles from './path.module.css';

const EDGE = 8;
const BAR_Y = 26;
const BAR_HEIGHT = 16;

/** The path on one line, left to right: stages as nodes, hops as wide as their p99. */
export function PathLine({ path, filter, width }: { readonly path: Path; readonly filter: Filter; readonly width: number }) {
  const picture = drawPath(path, width - 2 * EDGE);
  const last = picture.nodes.length - 1;
  return (
    <div className={styles.line}>
      <svg width={width} height={BAR_Y + BAR_HEIGHT + 8} aria-hidden>
        <g transform={`translate(${EDGE} 0)`}>
          {picture.hops.map((hop) => (
            <HopBar key={`${hop.from}-${hop.to}`} hop={hop} />
          ))}
          {picture.nodes.map((node, index) => (
            <g key={node.stage} transform={`translate(${node.x} 0)`}>
              <text x={index === last ? EDGE : -EDGE} y={14} textAnchor={index === last ? 'end' : 'start'} className={styles.stage}>
                {node.stage || 'began'}
              </text>
              <circle cy={BAR_Y + BAR_HEIGHT / 2} r={6} className={styles.node} />
            </g>
          ))}
        </g>
      </svg>
      <ol className={styles.facts} style={{ gridTemplateColumns: picture.hops.map((hop) => `${hop.width}px`).join(' '), marginLeft: EDGE }}>
        {picture.hops.map((hop) => (
          <li key={`${hop.from}-${hop.to}`}>
            <HopFacts hop={hop.hop} filter={filter} worst={hop.worst} />
          </li>
        ))}
      </ol>
    </div>
  );
}

function HopBar({ hop }: { readonly hop: HopPicture }) {
  if (!hop.hop) return <line x1={hop.x} x2={hop.x + hop.width} y1={BAR_Y + BAR_HEIGHT / 2} y2={BAR_Y + BAR_HEIGHT / 2} className={styles.noData} />;
  return (
    <g>
      <rect x={hop.x} y={BAR_Y} width={hop.waitWidth} height={BAR_HEIGHT} className={styles.wait} />
      <rect x={hop.x + hop.waitWidth} y={BAR_Y} width={hop.workWidth} height={BAR_HEIGHT} className={styles.work} />
    </g>
  );
}
