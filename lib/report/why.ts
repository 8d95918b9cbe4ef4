import { rules } from '../review/rules/all.ts';

/** Why a rule is one, in a sentence. */
export function explain(rule: string): string {
  return rules.find(({ id }) => id === rule)?.why ?? '';
}
