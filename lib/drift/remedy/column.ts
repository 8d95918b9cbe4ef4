import type { Name } from '../../schema/name.ts';
import type { Column } from '../../schema/relation.ts';
import { columnLine, columnStatements } from '../../schema/render/column.ts';
import { isSame } from '../../schema/same.ts';
import type { Schema } from '../../schema/schema.ts';
import { freeTag, quoteIdent, quoteLiteral, quoteRelation } from '../../sql/quote.ts';
import { described, writeForeignOptions, writeOptions } from './common.ts';
import { writeColumnGrants } from './grants.ts';
import { writeIdentity } from './identity.ts';
import { createSequences, ownSequences } from './own-sequence.ts';
import { again, cannot, follows, type Remedies, run, type Subject, type Written } from './written.ts';

type Of = Subject<'column'>;

export const column: Remedies<'column'> = {
  drop: (of, value) => followsOther(of, value) ?? run(`${of.alter} DROP COLUMN ${quoteIdent(of.name)};`),
  make: (of, value) => {
    if (value.inheritance !== 'inherited' || isOfView(of))
      return followsOther(of, value) ?? run(...addColumn(of, value));
    const own = value.default === null ? [] : [`${setOf(of)} SET DEFAULT ${value.default};`];
    return { ...run(...own), isLate: true };
  },
  alter: {
    ...described,
    grants: writeColumnGrants,
    inheritance: () => follows('what the table inherits'),
    notNull: writeNotNull,
    identity: writeIdentity,
    generated: writeGenerated,
    type: writeType,
    collation: (of) => writeType(of),
    default: writeDefault,
    storage: writeStorage,
    compression: (of, wanted) => run(`${setOf(of)} SET COMPRESSION ${wanted ?? 'default'};`),
    statisticsTarget: (of, wanted) => run(`${setOf(of)} SET STATISTICS ${wanted ?? -1};`),
    options: (of, wanted, there) => writeOptions(setOf(of), wanted, there),
    foreignOptions: (of, wanted, there) => writeForeignOptions(setOf(of), wanted, there),
  },
};

/** Of a view, and of a table that inherits it, a column is what another one is. */
function followsOther(of: Of, { inheritance }: Column): Written | undefined {
  if (isOfView(of)) return follows('what the view reads');
  return inheritance === 'inherited' ? follows('what the table inherits') : undefined;
}

function isOfView({ of }: Of): boolean {
  return of?.kind === 'view' || of?.kind === 'materialized-view';
}

function setOf({ alter, name }: Of): string {
  return `${alter} ALTER COLUMN ${quoteIdent(name)}`;
}

function addColumn(of: Of, value: Column): readonly string[] {
  const { alter, table, name } = of;
  const owner = { table: of.of?.name as Name, column: name };
  return [
    ...createSequences(of, owner),
    `${alter} ADD COLUMN ${columnLine({ ...value, storage: null, notNull: notNullInside(value) }, true)};`,
    ...addNotNull(of, value),
    ...setStorage(`${alter} ALTER COLUMN ${quoteIdent(name)}`, value),
    ...columnStatements(value, alter, table).filter((statement) => !statement.startsWith('--')),
    ...ownSequences(of, owner, 'new'),
  ];
}

/** With the column itself it can't be said that NOT NULL is not valid. */
export function notNullInside({ notNull }: Column): Column['notNull'] {
  return notNull?.validated === false ? null : notNull;
}

/** What stands behind the column of it: that it is not valid, and its comment. */
export function addNotNull(
  { table, alter }: Pick<Of, 'table' | 'alter'>,
  { name, notNull }: Column,
): readonly string[] {
  if (notNull === null) return [];
  const add = `${alter} ADD NOT NULL ${quoteIdent(name)}${notNull.noInherit ? ' NO INHERIT' : ''} NOT VALID;`;
  return [
    ...(notNull.validated ? [] : [add]),
    ...(notNull.comment === null ? [] : [commentNotNull({ table, name }, notNull)]),
  ];
}

/** Before PostgreSQL 16 a column can't be made with it. */
export function setStorage(set: string, { storage }: Pick<Column, 'storage'>): readonly string[] {
  return storage === null ? [] : [`${set} SET STORAGE ${storage.toUpperCase()};`];
}

function writeNotNull(of: Of, wanted: Column['notNull'], there: Column['notNull']): Written {
  const set = setOf(of);
  if (wanted === null) return run(`${set} DROP NOT NULL;`);
  if (there !== null && isSame({ ...there, comment: wanted.comment }, wanted)) return run(commentNotNull(of, wanted));
  const note = wanted.comment === null ? [] : [commentNotNull(of, wanted)];
  if (there === null && wanted.validated && !wanted.noInherit) return run(`${set} SET NOT NULL;`, ...note);
  const add = `${of.alter} ADD NOT NULL ${quoteIdent(of.name)}${wanted.noInherit ? ' NO INHERIT' : ''}${wanted.validated ? '' : ' NOT VALID'};`;
  return run(...(there === null ? [] : [`${set} DROP NOT NULL;`]), add, ...note);
}

/** It is one on a constraint, whose name is no part of a snapshot: the server knows it. */
function commentNotNull(
  { table, name }: Pick<Of, 'table' | 'name'>,
  { comment }: NonNullable<Column['notNull']>,
): string {
  const rest = ` ON ${table} IS ${comment === null ? 'NULL' : quoteLiteral(comment)}`;
  const body = `BEGIN
  EXECUTE (SELECT 'COMMENT ON CONSTRAINT ' || pg_catalog.quote_ident(k.conname) || ${quoteLiteral(rest)}
    FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
    WHERE k.conrelid = ${quoteLiteral(table)}::pg_catalog.regclass AND k.contype = 'n' AND a.attname = ${quoteLiteral(name)});
END`;
  const tag = freeTag('do', body);
  return `DO ${tag}${body}${tag};`;
}

function writeGenerated(of: Of, wanted: Column['generated'], there: Column['generated']): Written {
  if (wanted === null && there?.kind === 'stored') return run(`${setOf(of)} DROP EXPRESSION;`);
  const isNew = of.expected.major >= 17 && wanted !== null && wanted.kind === there?.kind;
  return isNew ? { ...run(`${setOf(of)} SET EXPRESSION AS (${wanted.expression});`), moves: 'type' } : again;
}

function writeDefault(of: Of, wanted: string | null): Written {
  if (of.wanted !== undefined && (of.wanted.identity !== null || of.wanted.generated !== null))
    return follows('how its values are made');
  if (of.there !== undefined && of.there.default !== null && hasOtherType(of, of.there)) return follows('its type');
  return run(`${setOf(of)} ${wanted === null ? 'DROP DEFAULT' : `SET DEFAULT ${wanted}`};`);
}

/** With another type it gets its default anew. */
function hasOtherType({ wanted }: Of, there: Column): boolean {
  return wanted !== undefined && !isSame([wanted.type, wanted.collation], [there.type, there.collation]);
}

function writeType(of: Of): Written {
  const { wanted, there, name } = of;
  if (isOfView(of)) return follows('what the view reads');
  if (wanted === undefined || there === undefined) return cannot('The column is not there.');
  const set = setOf(of);
  const collate = wanted.collation === null ? '' : ` COLLATE ${quoteRelation(wanted.collation)}`;
  const cast = castTo(of, there.type, wanted.type);
  const using = cast === undefined ? '' : ` USING ${quoteIdent(name)}${cast}`;
  const hasDefault = there.default !== null && there.generated === null;
  return {
    statements: [
      ...(hasDefault ? [`${set} DROP DEFAULT;`] : []),
      `${set} TYPE ${wanted.type}${collate}${using};`,
      ...(hasDefault && wanted.default !== null && wanted.identity === null
        ? [`${set} SET DEFAULT ${wanted.default};`]
        : []),
    ],
    moves: 'type',
  };
}

/** Only where no assignment does it: a cast would cut what does not fit, and an assignment refuses that. */
function castTo({ live, expected }: Of, there: string, wanted: string): string | undefined {
  if (texts.test(wanted)) return undefined;
  const isEnum = (type: string, { enums }: Schema) =>
    enums.some(({ name }) => type === quoteRelation(name) || type === `${quoteRelation(name)}[]`);
  if (isEnum(there, live) || isEnum(wanted, expected))
    return `${texts.test(there) ? '' : there.endsWith('[]') ? '::text[]' : '::text'}::${wanted}`;
  const isLogical = [there, wanted].includes('boolean') && [there, wanted].includes('integer');
  return texts.test(there) || isLogical ? `::${wanted}` : undefined;
}

const texts = /^(text|character( varying)?(\(\d+\))?|"char"|name)$/;

function writeStorage(of: Of, wanted: Column['storage']): Written {
  if (wanted !== null) return run(`${setOf(of)} SET STORAGE ${wanted.toUpperCase()};`);
  if (of.expected.major >= 16) return run(`${setOf(of)} SET STORAGE DEFAULT;`);
  const known = /^(text|character varying.*|bytea|jsonb?|xml|tsvector|.*\[\])$/.test(of.wanted?.type ?? '');
  return known
    ? run(`${setOf(of)} SET STORAGE EXTENDED;`)
    : cannot('Before PostgreSQL 16 there is no word for the storage that a type has by default.');
}
