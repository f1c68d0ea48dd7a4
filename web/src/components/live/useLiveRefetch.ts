// SPDX-License-Identifier: Apache-2.0
import { type QueryKey, useQueryClient } from '@tanstack/react-query';
import { useOnPulse } from './LiveProvider';

/** Reads the named queries again when the server pulses, at most once in `every` milliseconds. */
export function useLiveRefetch(keys: readonly QueryKey[], every: number): void {
  const client = useQueryClient();
  useOnPulse(every, () => {
    for (const queryKey of keys) void client.invalidateQueries({ queryKey }, { cancelRefetch: false });
  });
}
