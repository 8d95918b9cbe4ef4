import { renderObject } from '../../schema/render/snapshot.ts';
import { withoutArguments } from '../../schema/render/words.ts';
import type { Aggregate, AggregateState, Procedure, SqlFunction } from '../../schema/routine.ts';
import { quoteLiteral, quoteRelation } from '../../sql/quote.ts';
import { drop, granted, make } from './common.ts';
import { again, type Remedies, run, type Subject, type Written } from './written.ts';

/** CREATE OR REPLACE sets all of it; it can't change what a call looks like. */
function replace({ kind, wanted, there }: Subject<'function'> | Subject<'procedure'>): Written {
  if (wanted === undefined || there === undefined || callOf(wanted) !== callOf(there)) return again;
  return run(replaceRoutine(kind, wanted));
}

export function replaceRoutine(kind: 'function' | 'procedure', wanted: Procedure | SqlFunction): string {
  const [create = ''] = renderObject(kind, wanted as never);
  return create.replace(/^CREATE /, 'CREATE OR REPLACE ');
}

function callOf(routine: Procedure | SqlFunction): string {
  const { returns = '', window = false } = routine as Partial<SqlFunction>;
  return JSON.stringify([routine.parameters, returns, window]);
}

const bodied = {
  ...granted,
  ...{ parameters: replace, language: replace, body: replace, securityDefiner: replace },
  ...{ settings: replace, transforms: replace },
};

export const sqlFunction: Remedies<'function'> = {
  drop,
  make: (of, value) => make(of, value),
  alter: {
    ...bodied,
    ...{ returns: replace, window: replace, volatility: replace, parallel: replace, strict: replace },
    ...{ leakproof: replace, cost: replace, rows: replace, support: replace },
  },
};

export const procedure: Remedies<'procedure'> = {
  drop,
  make: (of, value) => make(of, value),
  alter: bodied,
};

const anew = () => again;

export const aggregate: Remedies<'aggregate'> = {
  drop,
  make: (of, value) => make(of, value, [createAggregate(value), ...restOf(of, value)]),
  alter: {
    ...granted,
    ...{ parameters: anew, kind: anew, returns: anew, parallel: anew, state: anew, movingState: anew },
    ...{ combine: anew, serialize: anew, deserialize: anew, sortOperator: anew },
  },
};

function restOf({ object, on }: Subject<'aggregate'>, value: Aggregate): readonly string[] {
  const [, ...rest] = renderObject('aggregate', value);
  const names = [`AGGREGATE ${quoteRelation(value.name)}(${value.name.arguments})`, on] as const;
  return rest.map((statement) => statement.replace(names[0], statement.includes(' ON FUNCTION ') ? on : object));
}

function createAggregate(value: Aggregate): string {
  const { state, movingState, combine, serialize, deserialize, sortOperator, parallel, kind } = value;
  const items: readonly (readonly [string, string | null])[] = [
    ...stateItems(state, '', kind),
    ...(movingState === null ? [] : stateItems(movingState, 'M', kind)),
    ['COMBINEFUNC', combine && withoutArguments(combine)],
    ['SERIALFUNC', serialize && withoutArguments(serialize)],
    ['DESERIALFUNC', deserialize && withoutArguments(deserialize)],
    ['SORTOP', sortOperator && operatorOf(sortOperator)],
    ['PARALLEL', parallel],
  ];
  const set = items.flatMap(([name, text]) => (text === null ? [] : [`${name} = ${text}`]));
  const hypothetical = kind === 'hypothetical-set' ? ['HYPOTHETICAL'] : [];
  return `CREATE AGGREGATE ${quoteRelation(value.name)}(${value.parameters === '' ? '*' : value.parameters}) (\n${[...set, ...hypothetical].map((item) => `  ${item}`).join(',\n')}\n);`;
}

function stateItems(
  { transition, inverse, type, space, initial, final, finalExtra, finalModify }: AggregateState,
  moving: '' | 'M',
  kind: Aggregate['kind'],
): readonly (readonly [string, string | null])[] {
  const usual = kind === 'normal' ? 'read only' : 'read write';
  return [
    [`${moving}SFUNC`, withoutArguments(transition)],
    ['MINVFUNC', inverse && withoutArguments(inverse)],
    [`${moving}STYPE`, type],
    [`${moving}SSPACE`, space === 0 ? null : String(space)],
    [`${moving}FINALFUNC`, final && withoutArguments(final)],
    [`${moving}FINALFUNC_EXTRA`, finalExtra ? 'true' : null],
    [`${moving}FINALFUNC_MODIFY`, final === null || finalModify === usual ? null : modifies[finalModify]],
    [`${moving}INITCOND`, initial === null ? null : quoteLiteral(initial)],
  ];
}

const modifies = { 'read only': 'READ_ONLY', shareable: 'SHAREABLE', 'read write': 'READ_WRITE' } as const;

function operatorOf(operator: string): string {
  return `OPERATOR(${withoutArguments(operator)})`;
}
