// SPDX-License-Identifier: Apache-2.0
import type { LearnedWire } from '../../api/paths';
import type { PathPlan } from './platform';

/** What a made-up path was seen to do. Only the path of orders is told to name its stages, and forgot one. */
export function learnedOf(plan: PathPlan, deliveries: number): { declared: object; learned: readonly LearnedWire[]; differences: readonly string[] } {
  const orders = plan.name === 'orders';
  const order = orders ? [plan.stages[0] ?? '', 'enriched', ...plan.stages.slice(1)] : [...plan.stages];
  const without = Math.ceil(deliveries * 0.011);
  const kind: LearnedWire = {
    name: `${plan.service} ${plan.route}`,
    deliveries,
    good: deliveries,
    stages: [...order.map((stage) => ({ stage, share: stage === 'enriched' ? 0.989 : 1, usual: true })), ...(orders ? [{ stage: 'acknowledged', share: 0.41, usual: false }] : [])],
    order,
    missing: orders ? [{ stage: 'enriched', count: without }] : [],
  };
  const young: LearnedWire = { name: 'importer orders.csv', deliveries: 12, good: 9, stages: [{ stage: 'published', share: 1, usual: false }], order: [], missing: [] };
  return {
    declared: { stages: orders ? [plan.stages[0], 'routed', ...plan.stages.slice(1)] : [], until: plan.until, deadline_us: 5_000_000, give_up_us: 600_000_000 },
    learned: orders ? [kind, young] : [kind],
    differences: orders ? ['98.9 % of journeys pass enriched, which the configuration does not name', 'routed is declared but was never seen'] : [],
  };
}
