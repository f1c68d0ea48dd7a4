// SPDX-License-Identifier: Apache-2.0
import type { Filter } from '../../model/filter';
import { hopName } from '../../model/path';
import type { ColumnPicture, PathPicture } from '../../model/pathPicture';
import { hopWords } from '../../model/verdict';
import { FoldFacts, HopFacts } from './HopFacts';
import styles from './path.module.css';

interface PathLineProps {
  readonly picture: PathPicture;
  readonly filter: Filter;
  /** One hop below the other, for a narrow page. */
  readonly stacked: boolean;
}

/** The path as columns from left to right, one for each hop: the stage it leads to, its bar, its facts. */
export function PathLine({ picture, filter, stacked }: PathLineProps) {
  const columns = picture.columns.map(({ width }) => `minmax(0, ${Math.round(width)}fr)`).join(' ');
  return (
    <ol className={stacked ? styles.rows : styles.line} style={stacked ? undefined : { gridTemplateColumns: columns }}>
      {picture.columns.map((column) => (
        <li key={column.links[0]?.to} data-worst={column.worst}>
          <p className={styles.stage} title={column.links.map((link) => hopWords(hopName(link))).join(', ')}>
            {column.links.map((link) => link.to).join(' · ')}
          </p>
          <HopBar column={column} />
          <Facts column={column} filter={filter} />
        </li>
      ))}
    </ol>
  );
}

function HopBar({ column: { waitWidth, workWidth } }: { readonly column: ColumnPicture }) {
  return (
    <div className={styles.track} aria-hidden>
      {waitWidth + workWidth > 0 && (
        <div className={styles.bar} style={{ width: waitWidth + workWidth }}>
          <span className="hatch" style={{ flexGrow: waitWidth }} />
          <span className="solid" style={{ flexGrow: workWidth }} />
        </div>
      )}
    </div>
  );
}

function Facts({ column, filter }: { readonly column: ColumnPicture; readonly filter: Filter }) {
  const [only] = column.links;
  if (column.links.length > 1) return <FoldFacts links={column.links} filter={filter} />;
  return <HopFacts hop={only?.hop ?? null} filter={filter} worst={column.worst} />;
}
