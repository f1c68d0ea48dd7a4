// SPDX-License-Identifier: Apache-2.0
/** Numbers that look random and are the same on every run (a 32-bit xorshift), in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 4_294_967_296;
  };
}

/** A value spread like latencies are: mostly near the middle, a long tail above it. */
export function spread(random: () => number, middle: number): number {
  const normal = random() + random() + random() - 1.5;
  return Math.max(1, Math.round(middle * Math.exp(normal * 0.9)));
}

export function pick<Value>(random: () => number, values: readonly [Value, ...Value[]]): Value {
  return values[Math.floor(random() * values.length)] ?? values[0];
}
