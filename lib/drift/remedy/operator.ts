import type { Cast, Collation, Operator, OperatorFamily } from '../../schema/extra.ts';
import { renderObject } from '../../schema/render/snapshot.ts';
import { comment, owner, withoutArguments, words } from '../../schema/render/words.ts';
import { quoteIdent, quoteLiteral, quoteRelation } from '../../sql/quote.ts';
import { described, drop, granted, owned } from './common.ts';
import { again, cannot, type Remedies, run, type Subject, type Written } from './written.ts';

const anew = () => again;

/** What was said of it is said again. */
function create(
  { object }: { readonly object: string },
  statement: string,
  { owner: role, comment: text }: { readonly owner?: string; readonly comment: string | null },
): Written {
  return run(
    statement,
    ...(role === undefined ? [] : owner(object, { owner: role, comment: text })),
    ...comment(object, text),
  );
}

function listItems(items: readonly (readonly [string, string | null | false])[]): string {
  return items.flatMap(([name, text]) => (text === null || text === false ? [] : [`${name} = ${text}`])).join(', ');
}

export const collation: Remedies<'collation'> = {
  drop,
  make: (of, value) => create(of, `CREATE COLLATION ${of.sql} (${collationItems(value)});`, value),
  alter: {
    ...owned,
    ...{
      provider: anew,
      deterministic: anew,
      locale: anew,
      collate: anew,
      characterType: anew,
      rules: anew,
      encoding: anew,
    },
  },
};

function collationItems({ provider, locale, collate, characterType, deterministic, rules }: Collation): string {
  const text = (value: string | null) => value && quoteLiteral(value);
  return listItems([
    ['PROVIDER', provider],
    ['LOCALE', text(locale)],
    ['LC_COLLATE', provider === 'libc' && text(collate)],
    ['LC_CTYPE', provider === 'libc' && text(characterType)],
    ['DETERMINISTIC', !deterministic && 'false'],
    ['RULES', text(rules)],
  ]);
}

export const conversion: Remedies<'conversion'> = {
  drop,
  make: (of, value) =>
    create(
      of,
      `CREATE ${value.default ? 'DEFAULT ' : ''}CONVERSION ${of.sql} FOR ${quoteLiteral(value.source)} TO ${quoteLiteral(value.target)} FROM ${value.function};`,
      value,
    ),
  alter: { ...owned, source: anew, target: anew, function: anew, default: anew },
};

export const cast: Remedies<'cast'> = {
  drop,
  make: (of, value) =>
    create(of, `${words(`CREATE ${of.object}`, castBy(value), castContexts[value.context])};`, value),
  alter: { ...described, context: anew, method: anew, function: anew },
};

function castBy({ method, function: by }: Cast): string {
  if (method === 'function') return `WITH FUNCTION ${by}`;
  return method === 'inout' ? 'WITH INOUT' : 'WITHOUT FUNCTION';
}

const castContexts = { explicit: '', assignment: 'AS ASSIGNMENT', implicit: 'AS IMPLICIT' } as const;

export const operator: Remedies<'operator'> = {
  drop,
  make: (of, value) => create(of, createOperator(value), value),
  alter: {
    ...owned,
    ...{ function: anew, commutator: anew, negator: anew, hashes: anew, merges: anew },
    restrict: ({ object }, wanted) =>
      run(`ALTER ${object} SET (RESTRICT = ${wanted === null ? 'NONE' : withoutArguments(wanted)});`),
    join: ({ object }, wanted) =>
      run(`ALTER ${object} SET (JOIN = ${wanted === null ? 'NONE' : withoutArguments(wanted)});`),
  },
};

function createOperator(value: Operator): string {
  const { name, commutator, negator, restrict, join, hashes, merges } = value;
  const other = (text: string | null) => text && `OPERATOR(${withoutArguments(text)})`;
  const items = listItems([
    ['FUNCTION', withoutArguments(value.function)],
    ['LEFTARG', name.left],
    ['RIGHTARG', name.right],
    ['COMMUTATOR', other(commutator)],
    ['NEGATOR', other(negator)],
    ['RESTRICT', restrict && withoutArguments(restrict)],
    ['JOIN', join && withoutArguments(join)],
  ]);
  const flags = [...(hashes ? [', HASHES'] : []), ...(merges ? [', MERGES'] : [])].join('');
  return `CREATE OPERATOR ${quoteIdent(name.schema)}.${name.name} (${items}${flags});`;
}

export const operatorFamily: Remedies<'operator-family'> = {
  drop,
  make: (of, value) => {
    const made = create(of, `CREATE ${of.object};`, value);
    return run(...made.statements, ...addMembers(of, value));
  },
  alter: {
    ...owned,
    operators: () => cannot(members),
    functions: () => cannot(members),
  },
};

const members = 'Which class of its family an operator belongs to is no part of a snapshot.';

function addMembers(
  { object }: Subject<'operator-family'>,
  { operators, functions }: OperatorFamily,
): readonly string[] {
  const items = [
    ...operators.map((each) => `OPERATOR ${each.replace(/\(([^()]*)\)/, ' ($1)')}`),
    ...functions.map((each) => `FUNCTION ${each}`),
  ];
  return items.length === 0 ? [] : [`ALTER ${object} ADD\n${items.map((item) => `  ${item}`).join(',\n')};`];
}

export const operatorClass: Remedies<'operator-class'> = {
  drop,
  make: () => cannot(members),
  alter: {
    ...owned,
    type: () => cannot(members),
    default: () => cannot(members),
    storage: () => cannot(members),
    family: () => cannot(members),
  },
};

export const accessMethod: Remedies<'access-method'> = {
  drop,
  make: (of, value) =>
    create(
      of,
      `CREATE ${of.object} TYPE ${value.type.toUpperCase()} HANDLER ${withoutArguments(value.handler)};`,
      value,
    ),
  alter: { ...described, type: anew, handler: anew },
};

export const language: Remedies<'language'> = {
  drop,
  make: (of, value) => {
    const { trusted, handler, inline, validator } = value;
    const statement = words(
      `CREATE ${trusted ? 'TRUSTED ' : ''}LANGUAGE ${of.sql} HANDLER ${withoutArguments(handler ?? '')}`,
      inline !== null && `INLINE ${withoutArguments(inline)}`,
      validator !== null && `VALIDATOR ${withoutArguments(validator)}`,
    );
    const [, ...rest] = renderObject('language', value);
    // On a language that is not trusted nobody can be granted anything.
    return run(`${statement};`, ...rest.filter((each) => trusted || !/^(GRANT|REVOKE) /.test(each)));
  },
  alter: { ...granted, trusted: anew, handler: anew, inline: anew, validator: anew },
};

export const transform: Remedies<'transform'> = {
  drop,
  make: (of, value) => {
    const items = [
      ...(value.fromSql === null ? [] : [`FROM SQL WITH FUNCTION ${value.fromSql}`]),
      ...(value.toSql === null ? [] : [`TO SQL WITH FUNCTION ${value.toSql}`]),
    ];
    return create(of, `CREATE ${of.object} (${items.join(', ')});`, value);
  },
  alter: { ...described, fromSql: anew, toSql: anew },
};

export const textSearchParser: Remedies<'text-search-parser'> = {
  drop,
  make: (of, value) => {
    const items = listItems([
      ['START', withoutArguments(value.start)],
      ['GETTOKEN', withoutArguments(value.token)],
      ['END', withoutArguments(value.end)],
      ['LEXTYPES', withoutArguments(value.lexTypes)],
      ['HEADLINE', value.headline && withoutArguments(value.headline)],
    ]);
    return create(of, `CREATE ${of.object} (${items});`, value);
  },
  alter: { ...described, start: anew, token: anew, end: anew, headline: anew, lexTypes: anew },
};

export const textSearchTemplate: Remedies<'text-search-template'> = {
  drop,
  make: (of, value) => {
    const items = listItems([
      ['INIT', value.init && withoutArguments(value.init)],
      ['LEXIZE', withoutArguments(value.lexize)],
    ]);
    return create(of, `CREATE ${of.object} (${items});`, value);
  },
  alter: { ...described, init: anew, lexize: anew },
};

export const textSearchDictionary: Remedies<'text-search-dictionary'> = {
  drop,
  make: (of, value) => {
    const options = value.options === null ? '' : `, ${value.options}`;
    return create(of, `CREATE ${of.object} (TEMPLATE = ${quoteRelation(value.template)}${options});`, value);
  },
  alter: { ...owned, template: anew, options: anew },
};

export const textSearchConfiguration: Remedies<'text-search-configuration'> = {
  drop,
  make: (of, value) => {
    const made = create(of, `CREATE ${of.object} (PARSER = ${quoteRelation(value.parser)});`, value);
    return run(...made.statements, ...writeMappings(of.object, value.mappings, {}));
  },
  alter: {
    ...owned,
    parser: anew,
    mappings: ({ object }, wanted, there) => run(...writeMappings(object, wanted, there)),
  },
};

type Mappings = Readonly<Record<string, readonly string[]>>;

function writeMappings(object: string, wanted: Mappings, there: Mappings): readonly string[] {
  const tokens = [...new Set([...Object.keys(wanted), ...Object.keys(there)])].sort();
  return tokens.flatMap((token) => {
    const [now, old] = [wanted[token], there[token]];
    if (now?.join() === old?.join()) return [];
    if (now === undefined) return [`ALTER ${object} DROP MAPPING FOR ${quoteIdent(token)};`];
    return [
      `ALTER ${object} ${old === undefined ? 'ADD' : 'ALTER'} MAPPING FOR ${quoteIdent(token)} WITH ${now.join(', ')};`,
    ];
  });
}
