// SPDX-License-Identifier: Apache-2.0
import type { Filter } from '../../model/filter';
import { hopName, type Path } from '../../model/path';
import { drawPath } from '../../model/pathPicture';
import { hopWords } from '../../model/verdict';
import { HopFacts } from './HopFacts';
import styles from './path.module.css';

const FULL = 100;
const LEAST = 3;

/** The path from top to bottom, for a narrow page: one hop a row, bars to one scale. */
export function HopRows({ path, filter }: { readonly path: Path; readonly filter: Filter }) {
  const { hops } = drawPath(path, FULL);
  const heaviest = Math.max(1, ...hops.map((hop) => hop.weight));
  return (
    <ol className={styles.rows}>
      {hops.map((hop) => (
        <li key={hopName(hop)}>
          <p className={styles.rowName}>{hopWords(hopName(hop))}</p>
          <div className={styles.rowBar} aria-hidden style={{ width: `${Math.max(LEAST, (hop.weight / heaviest) * FULL)}%` }}>
            <span className="hatch" style={{ flexGrow: hop.waitWidth }} />
            <span className="solid" style={{ flexGrow: hop.workWidth }} />
          </div>
          <HopFacts hop={hop.hop} filter={filter} worst={hop.worst} />
        </li>
      ))}
    </ol>
  );
}
