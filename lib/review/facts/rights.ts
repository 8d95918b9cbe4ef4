import type { Surveys } from '../measured.ts';
import type { FunctionFacts, Owned, Right } from '../survey.ts';
import { type Pair, pairsOf } from './outcome.ts';

export interface Grantable {
  readonly pair: Pair<Owned>;
  /** `function public.f(integer)` */
  readonly what: string;
  /** As changes call it. */
  readonly name: string;
}

export function grantable(surveys: Surveys): readonly Grantable[] {
  return [
    ...pairsOf(surveys, 'schemas').map((pair) => ({ pair, what: `schema ${pair.now.name}`, name: pair.now.name })),
    ...pairsOf(surveys, 'relations').map((pair) => ({ pair, what: pair.now.name, name: pair.now.name })),
    ...pairsOf(surveys, 'functions').map((pair) => describe(pair)),
  ];
}

export function describe(pair: Pair<FunctionFacts>): Grantable {
  return { pair, what: `function ${pair.now.signature}`, name: pair.now.signature };
}

/** Also where the whole table is granted instead of the column. */
export function has(rights: readonly Right[], { role, privilege }: Pick<Right, 'role' | 'privilege'>): boolean {
  const [whole] = privilege.split(' (');
  return rights.some((one) => one.role === role && (one.privilege === privilege || one.privilege === whole));
}
