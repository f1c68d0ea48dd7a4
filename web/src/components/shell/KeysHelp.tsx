// SPDX-License-Identifier: Apache-2.0
import { Kbd, Modal } from '@mantine/core';
import styles from './KeysHelp.module.css';

const KEYS: readonly (readonly [keys: readonly string[], does: string])[] = [
  [['/'], 'find a message by any id'],
  [['g', 'h'], 'Are deliveries on time?'],
  [['g', 'm'], 'What happened to this message?'],
  [['↑', '↓'], 'move in a list; in a journey, from stamp to stamp'],
  [['Enter'], 'open what is selected'],
  [['p'], 'hold the moment, and let it go'],
  [['?'], 'this list'],
  [['Esc'], 'close, leave the search'],
];

export function KeysHelp({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title="Keys" centered size="sm" transitionProps={{ duration: 0 }} classNames={{ content: styles.content ?? '', header: styles.header ?? '', title: styles.title ?? '' }}>
      <dl className={styles.keys}>
        {KEYS.map(([keys, does]) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
