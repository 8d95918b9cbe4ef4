import type { Plan } from './plan.ts';

/** Of tables that were there before the ledger: what is to be recorded as having made them. */
export interface Made {
  /** The heads that the plan goes to, as `stamp` takes them. */
  readonly heads: string;
  /** The revisions below them, where only some may have made the tables; empty where there are none. */
  readonly below: string;
}

export function namesOfMade({ to, steps }: Pick<Plan, 'to' | 'steps'>): Made {
  const below = steps.flatMap(({ op, id }) => (op === 'up' && !to.includes(id) ? [id] : []));
  const more = below.length > mostNamed ? ' …' : '';
  return { heads: to.join(' '), below: `${below.slice(0, mostNamed).join(', ')}${more}` };
}

const mostNamed = 6;

/** With `%s` for the names: a run and a script say the same. */
export const madeWords = {
  all: 'Is it the right database? If all of these revisions made them, record that: updown stamp %s.',
  part: ' If only those up to another one did, name that one instead (%s).',
} as const;

export function settleMade(plan: Pick<Plan, 'to' | 'steps'>): string {
  const { heads, below } = namesOfMade(plan);
  return `${madeWords.all.replace('%s', () => heads)}${below === '' ? '' : madeWords.part.replace('%s', () => below)}`;
}
