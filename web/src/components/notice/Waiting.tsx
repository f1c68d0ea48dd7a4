// SPDX-License-Identifier: Apache-2.0
import { Skeleton } from '@mantine/core';

/** Keeps the place of what is being read, so that nothing moves when it comes. */
export function Waiting({ height }: { readonly height: number }) {
  return (
    <div role="status" aria-label="Loading">
      <Skeleton height={height} radius={4} />
    </div>
  );
}
