// SPDX-License-Identifier: Apache-2.0

/** What becomes of an order is decided by its kind. */
export const kinds = {
  linked: {}, // the worker's span is of a new trace and links to the producer's
  parent: { parent: true }, // it continues the producer's trace
  called: { call: 200 }, // the worker calls a vendor
  retried: { failures: 1 }, // the first attempt throws
  refused: { call: 422, failures: 2, dead: true }, // the vendor refuses both attempts
  ignored: { stream: 'archive', route: '/archive' }, // nobody reads that stream
};

export const group = 'workers';
export const deadLetters = 'orders.dead';
export const attempts = 2;

export function streamOf(kind) {
  return kinds[kind].stream ?? 'orders';
}

/** all orders, `each` of a kind, kind by kind in turns. */
export function* all(each) {
  for (let n = 1; n <= each; n++) {
    for (const kind of Object.keys(kinds)) {
      yield { id: `order-${kind}-${n}`, kind };
    }
  }
}
