import { quoteLiteral, quoteRelation } from '../../sql/quote.ts';
import { flag, items, options, type Phrase, shown, text, value } from '../phrase.ts';
import type { AggregateState } from '../routine.ts';
import { described, granted } from './common.ts';
import type { Facets } from './form.ts';

type Types = Pick<
  Facets,
  'enum' | 'domain' | 'composite' | 'attribute' | 'range' | 'base-type' | 'function' | 'procedure' | 'aggregate'
>;

const collation = shown('collation', quoteRelation);

const routine = {
  ...granted,
  parameters: value('parameters'),
  language: value('language'),
  body: text('body'),
  securityDefiner: flag('became SECURITY DEFINER', 'became SECURITY INVOKER'),
  settings: options('SET'),
  transforms: items('TRANSFORM FOR TYPE'),
};

const state: Phrase<AggregateState | null> = (before, after) => {
  if (before === null || after === null) return shown<AggregateState>('state', ({ type }) => type)(before, after);
  return options('state:')(asText(before), asText(after));
};

function asText(state: AggregateState): Readonly<Record<string, string>> {
  const set = Object.entries(state).filter(([, value]) => value !== null);
  return Object.fromEntries(set.map(([name, value]) => [name, String(value)]));
}

const labels: Phrase<readonly string[]> = (before, after) =>
  items('labels')(before.map(quoteLiteral), after.map(quoteLiteral));

export const types: Types = {
  enum: { ...granted, labels },
  domain: {
    ...granted,
    collation,
    type: value('type'),
    notNull: flag('NOT NULL was set', 'NOT NULL was dropped'),
    default: value('default'),
  },
  composite: granted,
  attribute: { ...described, collation, type: value('type') },
  range: {
    ...granted,
    collation,
    subtype: value('subtype'),
    operatorClass: shown('operator class', quoteRelation),
    canonical: value('canonical function'),
    subtypeDifference: value('function of the difference'),
    multirange: shown('multirange type', quoteRelation),
  },
  'base-type': {
    ...granted,
    input: value('input function'),
    output: value('output function'),
    receive: value('receive function'),
    send: value('send function'),
    typmodInput: value('function for modifiers'),
    typmodOutput: value('function that prints modifiers'),
    analyze: value('analyze function'),
    subscript: value('subscript function'),
    length: value('length'),
    byValue: flag('is passed by value', 'is passed by reference'),
    alignment: value('alignment'),
    storage: value('storage'),
    element: value('element type'),
    category: value('category'),
    preferred: flag('became preferred', 'is not preferred any more'),
    delimiter: value('delimiter'),
    default: value('default'),
    collatable: flag('became collatable', 'is not collatable any more'),
  },
  function: {
    ...routine,
    returns: value('result'),
    window: flag('became a window function', 'is not a window function any more'),
    volatility: value('volatility'),
    parallel: value('PARALLEL'),
    strict: flag('became STRICT', 'is called on NULL input now'),
    leakproof: flag('became LEAKPROOF', 'became NOT LEAKPROOF'),
    cost: value('cost'),
    rows: value('rows'),
    support: value('support function'),
  },
  procedure: routine,
  aggregate: {
    ...granted,
    parameters: value('parameters'),
    kind: value('kind'),
    returns: value('result'),
    parallel: value('PARALLEL'),
    state,
    movingState: state,
    combine: value('combine function'),
    serialize: value('serialize function'),
    deserialize: value('deserialize function'),
    sortOperator: value('sort operator'),
  },
};
