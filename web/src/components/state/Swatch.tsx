// SPDX-License-Identifier: Apache-2.0
import type { Band } from '../../model/verdict';
import styles from './state.module.css';

export function Swatch({ band }: { readonly band: Band }) {
  return <span className={`${styles.swatch} ${band === 'waiting' ? 'hatch' : ''}`} data-band={band} aria-hidden />;
}
