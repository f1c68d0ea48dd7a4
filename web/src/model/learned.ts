// SPDX-License-Identifier: Apache-2.0
import { countOf, formatCount, formatShare } from './number';
import type { Learned, Path } from './path';

const OVERFLOW = '(overflow)';

/** The line that stands for all that was learned of a path; empty when nothing was yet. */
export function learnedSummary(path: Path): string {
  const kinds = path.learned.filter((kind) => kind.deliveries > 0);
  if (kinds.length === 0) return '';
  const deliveries = kinds.reduce((sum, kind) => sum + kind.deliveries, 0);
  return `from ${countOf(deliveries, 'settled delivery', 'settled deliveries')}${kinds.length === 1 ? '' : ` of ${formatCount(kinds.length)} kinds`}`;
}

/** "2 differences from the configuration"; empty when they agree, or when there is nothing to agree with. */
export function differenceSummary(path: Path): string {
  return path.differences.length === 0 ? '' : `${countOf(path.differences.length, 'difference', 'differences')} from the configuration`;
}

/** What begins the journeys of a kind. */
export function kindName(kind: Learned): string {
  if (kind.name === OVERFLOW) return 'all further kinds';
  return kind.name === '' ? 'a beginning that is not known' : kind.name;
}

/** One stage of the usual way. `note` tells what a stage that all pass does not need: its share. */
export interface UsualStage {
  readonly stage: string;
  readonly note: string;
}

/** The usual stages in the order in which they are passed. */
export function usualWay(kind: Learned): readonly UsualStage[] {
  const shares = new Map(kind.stages.map(({ stage, share }) => [stage, share]));
  return kind.order.map((stage) => {
    const share = shares.get(stage) ?? 1;
    return { stage, note: share < 1 ? formatShare(share) : '' };
  });
}

/** What a kind's way does not say: stages that only some pass, and who went without a usual one. */
export function kindNotes(kind: Learned): readonly string[] {
  const some = kind.stages.filter((stage) => !stage.usual && stage.share > 0).map(({ stage, share }) => `${stage} ${formatShare(share)}`);
  const without = kind.missing.filter(({ count }) => count > 0).map(({ stage, count }) => `${formatCount(count)} went without ${stage}`);
  if (kind.order.length === 0) return [`too few good deliveries to say what is usual (${formatCount(kind.good)})`, ...(some.length > 0 ? [`so far ${some.join(', ')}`] : [])];
  return [...(some.length > 0 ? [`some pass ${some.join(', ')}`] : []), ...without];
}
