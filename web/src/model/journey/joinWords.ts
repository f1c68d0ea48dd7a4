// SPDX-License-Identifier: Apache-2.0
import { countOf } from '../number';
import type { Join, Journey, Stamp } from './journey';

const RULE_WORDS: Readonly<Record<string, string>> = {
  parent: 'parent',
  link: 'link',
  message_id: 'message id',
  coordinates: 'coordinates',
  conversation_id: 'conversation id',
};

/** "message_id" -> "message id"; a rule this page has never heard of stands for itself. */
export function ruleWords(rule: string): string {
  return RULE_WORDS[rule] ?? rule.replaceAll('_', ' ');
}

/** Why each stamp belongs to the journey, by stamp index, where it is not simply the child of another: its parent speaks for itself. */
export function tellingJoins(journey: Journey): ReadonlyMap<number, Join> {
  return new Map(journey.joins.filter((join) => join.rule !== 'parent').map((join) => [join.fromStamp, join]));
}

/** "link", or "message id, probable": what is certain needs no word. */
export function joinWords(join: Join): string {
  return join.confidence === 'certain' ? ruleWords(join.rule) : `${ruleWords(join.rule)}, ${join.confidence}`;
}

/** "shared by 14 messages": the work of a batch; empty when the stamp is this message's alone. */
export function sharedWords(stamp: Stamp): string {
  return stamp.shared > 1 ? `shared by ${countOf(stamp.shared, 'message', 'messages')}` : '';
}
