import { madeWords } from '../ledger/refusals.ts';
import type { Plan } from '../plan/plan.ts';

/** Of tables that were there before the ledger: what is to be recorded as having made them. */
export interface Made {
  /** The heads that the plan goes to, as `stamp` takes them. */
  readonly heads: string;
  /** The revisions below them, where only some may have made the tables; empty where there are none. */
  readonly below: string;
}

export function namesOfMade({ to, steps }: Pick<Plan, 'to' | 'steps'>): Made {
  const below = steps.flatMap(({ op, id }) => (op === 'up' && !to.includes(id) ? [id] : []));
  const more = below.length > mostNamed ? ' ...' : '';
  return { heads: to.join(' '), below: `${below.slice(0, mostNamed).join(', ')}${more}` };
}

const mostNamed = 6;

/** `compares` is what the stamp takes to compare the schema first, behind a blank. */
export function settleMade(plan: Pick<Plan, 'to' | 'steps'>, compares: string): string {
  const { all, part } = wordMade(plan, compares);
  return `${all}${part}`;
}

/** What to do about them; the second is empty where only one set of revisions can have made them. */
export function wordMade(
  plan: Pick<Plan, 'to' | 'steps'>,
  compares = '',
): { readonly all: string; readonly part: string } {
  const { heads, below } = namesOfMade(plan);
  return {
    all: madeWords.all.replace('%s', () => `${heads}${compares}`),
    part: below === '' ? '' : madeWords.part.replace('%s', () => below),
  };
}
