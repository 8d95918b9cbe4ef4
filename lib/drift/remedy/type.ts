import { renderObject } from '../../schema/render/snapshot.ts';
import { withoutArguments } from '../../schema/render/words.ts';
import type { Range } from '../../schema/type.ts';
import { quoteIdent, quoteRelation } from '../../sql/quote.ts';
import { described, drop, granted, make } from './common.ts';
import { writeLabels } from './labels.ts';
import { addUnvalidated, isUnvalidated } from './unvalidated.ts';
import { again, cannot, type Remedies, run, type Subject, type Written } from './written.ts';

export const enumType: Remedies<'enum'> = {
  drop,
  make: (of, value) => make(of, value),
  alter: { ...granted, labels: writeLabels },
};

export const domain: Remedies<'domain'> = {
  drop,
  make: (of, value) => {
    const validated = { ...value, constraints: value.constraints.filter((one) => !isUnvalidated(one)) };
    const made = make(of, value, renderObject('domain', validated));
    return run(...made.statements, ...addUnvalidated(of, value.constraints, 'DOMAIN'));
  },
  alter: {
    ...granted,
    collation: () => again,
    type: () => again,
    notNull: ({ object }, wanted) => run(`ALTER ${object} ${wanted ? 'SET' : 'DROP'} NOT NULL;`),
    default: ({ object }, wanted) =>
      run(`ALTER ${object} ${wanted === null ? 'DROP DEFAULT' : `SET DEFAULT ${wanted}`};`),
  },
};

export const composite: Remedies<'composite'> = {
  drop,
  make: (of, value) => make(of, value),
  alter: granted,
};

export const attribute: Remedies<'attribute'> = {
  drop: ({ alter, name }) => run(`${alter} DROP ATTRIBUTE ${quoteIdent(name)};`),
  make: (of, value) =>
    run(
      `${of.alter} ADD ATTRIBUTE ${quoteIdent(value.name)} ${value.type}${collate(value)};`,
      ...(value.comment === null ? [] : described.comment(of, value.comment).statements),
    ),
  alter: { ...described, type: writeType, collation: writeType },
};

type AttributeOf = Subject<'attribute'>;

function writeType({ alter, name, wanted }: AttributeOf): Written {
  if (wanted === undefined) return cannot('The attribute is not there.');
  return run(`${alter} ALTER ATTRIBUTE ${quoteIdent(name)} TYPE ${wanted.type}${collate(wanted)};`);
}

function collate({ collation }: NonNullable<AttributeOf['wanted']>): string {
  return collation === null ? '' : ` COLLATE ${quoteRelation(collation)}`;
}

export const range: Remedies<'range'> = {
  drop: (of, value) => (value.canonical === null ? drop(of) : cannot(mutual)),
  make: (of, value) =>
    value.canonical === null ? make(of, value, renderObject('range', named(value))) : cannot(mutual),
  alter: {
    ...granted,
    ...{ collation: anew, subtype: anew, operatorClass: anew },
    ...{ canonical: anew, subtypeDifference: anew, multirange: anew },
  },
};

function anew({ wanted, there }: Subject<'range'>): Written {
  return wanted?.canonical == null && there?.canonical == null ? again : cannot(mutual);
}

const mutual = 'The type and its functions name each other: they are made by the file that has made them.';

/** CREATE TYPE names a function without its arguments. */
function named(value: Range): Range {
  const { canonical, subtypeDifference } = value;
  return {
    ...value,
    canonical: canonical && withoutArguments(canonical),
    subtypeDifference: subtypeDifference && withoutArguments(subtypeDifference),
  };
}

const each = () => cannot(mutual);

export const baseType: Remedies<'base-type'> = {
  drop: each,
  make: each,
  alter: {
    ...granted,
    ...{ input: each, output: each, receive: each, send: each, typmodInput: each, typmodOutput: each, analyze: each },
    ...{ subscript: each, length: each, byValue: each, alignment: each, storage: each, element: each, category: each },
    ...{ preferred: each, delimiter: each, default: each, collatable: each },
  },
};
