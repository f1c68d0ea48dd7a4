// SPDX-License-Identifier: Apache-2.0
import type { Filter } from '../../model/filter';
import { hopName, type Path, worstHop } from '../../model/path';
import { lineOf } from '../../model/pathLine';
import { hopWords } from '../../model/verdict';
import { HopFacts } from './HopFacts';
import styles from './path.module.css';

const SHOWN = 3;

/** Hops that leave the main line, told below the picture. */
export function Detours({ path, filter }: { readonly path: Path; readonly filter: Filter }) {
  const { detours } = lineOf(path);
  const worst = worstHop(path);
  const rest = detours.length - SHOWN;
  if (detours.length === 0) return null;
  return (
    <ul className={styles.detours}>
      {detours.slice(0, SHOWN).map((hop) => (
        <li key={`${hop.from}-${hop.to}`}>
          <p>
            also {hopWords(hopName(hop))}
          </p>
          <HopFacts hop={hop} filter={filter} worst={hop === worst} />
        </li>
      ))}
      {rest > 0 && <li>and {rest} more {rest === 1 ? 'way' : 'ways'} that few took</li>}
    </ul>
  );
}
