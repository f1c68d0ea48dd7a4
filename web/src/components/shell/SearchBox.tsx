// SPDX-License-Identifier: Apache-2.0
import { type RefObject, useState } from 'react';
import { useNavigate } from 'react-router';
import styles from './SearchBox.module.css';

/** Any id leads to its journey. */
export function SearchBox({ field }: { readonly field: RefObject<HTMLInputElement | null> }) {
  const [text, setText] = useState('');
  const navigate = useNavigate();
  return (
    <form
      role="search"
      className={styles.search}
      onSubmit={(event) => {
        event.preventDefault();
        const key = text.trim();
        if (key === '') return;
        field.current?.blur();
        setText('');
        void navigate(`/messages/${encodeURIComponent(key)}`);
      }}
    >
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden className={styles.glass}>
        <circle cx="7" cy="7" r="4.6" fill="none" stroke="currentColor" strokeWidth="1.5" />
        <path d="M10.5 10.5 14.5 14.5" stroke="currentColor" strokeWidth="1.5" />
      </svg>
      <input
        ref={field}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
        placeholder="Message, trace or conversation id"
        aria-label="Find a message by any id"
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        enterKeyHint="search"
      />
      <kbd className={styles.key} aria-hidden>
        /
      </kbd>
    </form>
  );
}
