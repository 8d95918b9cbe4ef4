import type { Plan } from './plan.ts';

/** Of tables that were there before the ledger: how it is recorded that these revisions made them, by the heads that the plan goes to. */
export function settleMade({ to, steps }: Pick<Plan, 'to' | 'steps'>): string {
  const below = steps.flatMap(({ op, id }) => (op === 'up' && !to.includes(id) ? [id] : []));
  const named = `${below.slice(0, mostNamed).join(', ')}${below.length > mostNamed ? ' …' : ''}`;
  const part = below.length === 0 ? '' : ` If only those up to another one did, name that one instead (${named}).`;
  return `Is it the right database? If all of these revisions made them, record that: updown stamp ${to.join(' ')}.${part}`;
}

const mostNamed = 6;
