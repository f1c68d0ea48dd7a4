// SPDX-License-Identifier: Apache-2.0
import { formatCount } from '../../model/number';
import type { News } from '../../model/newer';
import styles from './newer.module.css';

/** Says how much waits above the list; the rows come only when asked for. Its place is always kept. */
export function NewerButton({ news, onShow }: { readonly news: News; readonly onShow: () => void }) {
  const { length } = news.newer;
  return (
    <div className={styles.place} role="status">
      {length > 0 && (
        <button type="button" className="action" onClick={onShow}>
          {formatCount(length)}
          {news.more ? '+' : ''} newer
        </button>
      )}
    </div>
  );
}
