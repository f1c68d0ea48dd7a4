// SPDX-License-Identifier: Apache-2.0
/** Patterns for the pictures: one hatch, in ink and in the colours of the states. */
export function Hatches() {
  return (
    <svg width="0" height="0" aria-hidden style={{ position: 'absolute' }}>
      <defs>
        {(['work', 'waiting', 'bad'] as const).map((name) => (
          <pattern key={name} id={`hatch-${name}`} width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            {name !== 'work' && <rect width="5" height="5" fill={`var(--${name}-soft)`} />}
            <rect width="1.5" height="5" fill={`var(--${name})`} />
          </pattern>
        ))}
      </defs>
    </svg>
  );
}
