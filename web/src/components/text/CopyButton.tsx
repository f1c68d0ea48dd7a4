// SPDX-License-Identifier: Apache-2.0
import { type ReactNode, useEffect, useState } from 'react';

const SAID_MS = 1600;

interface CopyButtonProps {
  /** Computed at the moment of the click, so that times in it are fresh. */
  readonly text: () => string;
  readonly children: ReactNode;
  readonly className?: string;
  readonly title?: string;
}

export function CopyButton({ text, children, className = 'action', title }: CopyButtonProps) {
  const [said, setSaid] = useState('');
  useEffect(() => {
    if (said === '') return;
    const timer = window.setTimeout(() => setSaid(''), SAID_MS);
    return () => window.clearTimeout(timer);
  }, [said]);
  const copy = () => {
    writeClipboard(text()).then(
      () => setSaid('Copied'),
      () => setSaid('Copying is not allowed here'),
    );
  };
  return (
    <button type="button" className={className} title={title} onClick={copy}>
      <span aria-live="polite">{said === '' ? children : said}</span>
    </button>
  );
}

/** The clipboard interface exists only on https and localhost; elsewhere a selection is copied the old way. */
async function writeClipboard(text: string): Promise<void> {
  if (window.isSecureContext) return navigator.clipboard.writeText(text);
  const field = document.createElement('textarea');
  field.value = text;
  document.body.append(field);
  field.select();
  const copied = document.execCommand('copy');
  field.remove();
  if (!copied) throw new Error('copy to the clipboard');
}
