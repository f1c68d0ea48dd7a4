// SPDX-License-Identifier: Apache-2.0
import { useMediaQuery } from '@mantine/hooks';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import type { Delivery } from '../../model/delivery';
import { useNow } from '../live/LiveProvider';
import styles from './delivery.module.css';
import { DeliveryRow } from './DeliveryRow';

const ROW = 34;
const TALL_ROW = 76;
const OVERSCAN = 12;

interface DeliveryListProps {
  readonly deliveries: readonly Delivery[];
  readonly more: boolean;
  /** Asked for when the end of what is there comes into view. */
  readonly onEnd: () => void;
}

/** The rows in view, of as many as there are; the page itself scrolls. */
export function DeliveryList({ deliveries, more, onEnd }: DeliveryListProps) {
  const list = useRef<HTMLDivElement>(null);
  const tall = useMediaQuery('(max-width: 760px)', false, { getInitialValueInEffect: false });
  const now = new Date(useNow()).toISOString();
  const rows = useWindowVirtualizer({
    count: deliveries.length,
    estimateSize: () => (tall ? TALL_ROW : ROW),
    overscan: OVERSCAN,
    scrollMargin: list.current?.offsetTop ?? 0,
    getItemKey: (index) => deliveries[index]?.id ?? index,
  });
  useEffect(() => rows.measure(), [rows, tall]);
  const items = rows.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (more && last >= deliveries.length - OVERSCAN) onEnd();
  }, [more, last, deliveries.length, onEnd]);
  return (
    <div>
      <div className={`${styles.row} ${styles.head}`} aria-hidden>
        <span>began</span>
        <span>verdict</span>
        <span>message</span>
        <span>to</span>
        <span>path</span>
        <span>reason, hop</span>
        <span className={styles.latency}>took</span>
        <span>waiting, working</span>
      </div>
      <div ref={list} role="list" aria-label="Deliveries, newest first" className={styles.list} style={{ height: rows.getTotalSize() }}>
        {items.map((item) => {
          const delivery = deliveries[item.index];
          if (!delivery) return null;
          return (
            <div key={item.key} role="listitem" data-row className={styles.item} style={{ height: item.size, transform: `translateY(${item.start - rows.options.scrollMargin}px)` }}>
              <DeliveryRow delivery={delivery} now={now} />
            </div>
          );
        })}
      </div>
    </div>
  );
}
