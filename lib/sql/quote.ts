/**
 * A string constant that means the same whatever `standard_conforming_strings` is (F60): a backslash makes it an E'' one. So does what
 * must not reach a terminal, and is written as an escape.
 */
export function quoteLiteral(text: string): string {
  const doubled = text.replaceAll("'", "''");
  const escaped = doubled.replaceAll('\\', '\\\\').replace(unprintable, (character) => {
    if (/[\n\t\p{Cs}]/u.test(character)) return character;
    return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
  });
  return escaped === doubled ? `'${doubled}'` : `E'${escaped}'`;
}

/** The last part of a qualified name, quoted as it is there. */
export function lastPart(name: string): string {
  return /("(?:[^"]|"")+"|[^".]+)$/.exec(name)?.[1] ?? name;
}

/** The parts of a qualified name as SQL writes it, without quotes: `App."Odd One"` has the parts `app` and `Odd One`. */
export function splitName(name: string): readonly string[] {
  return Array.from(
    name.matchAll(/"((?:[^"]|"")+)"|([^."\s]+)/g),
    ([, quoted, bare = '']) => quoted?.replaceAll('""', '"') ?? bare.toLowerCase(),
  );
}

/** A dollar tag that the text does not have. Letters alone: some clients take a digit in a dollar tag for a parameter (dbeaver#7353). */
export function freeTag(word: string, text: string): string {
  const tag = `$${word}$`;
  return text.includes(tag) ? freeTag(`${word}x`, text) : tag;
}

/** The name as PostgreSQL's quote_ident writes it: bare where that is safe, so that scripts stay readable. */
export function quoteIdent(name: string): string {
  return plainName.test(name) && !reserved.has(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

export function quoteRelation({
  schema,
  name,
}: {
  readonly schema?: string | undefined;
  readonly name: string;
}): string {
  return schema === undefined ? quoteIdent(name) : `${quoteIdent(schema)}.${quoteIdent(name)}`;
}

/** What a name means by the path that stands where it is written; NULL where it is not there. */
export function printRegclass(name: string): string {
  return `pg_catalog.to_regclass(${quoteLiteral(name)})`;
}

/** One word of a command line, for a POSIX shell. A placeholder is the reader's to fill in. */
export function quoteWord(text: string): string {
  return /^(\w+|<\w+>)$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The same in SQL, under a path that is pg_catalog's; without a backslash, which a session may take for an escape. `expression` is text. */
export function printQuotedWord(expression: string): string {
  const quoted = `'''' || replace(${expression}, '''', '''' || chr(92) || '''''') || ''''`;
  return `CASE WHEN ${expression} ~ '^[A-Za-z0-9_]+$' THEN ${expression}
          ELSE ${quoted} END`;
}

export function textArray(values: readonly string[]): string {
  return values.length === 0
    ? "'{}'::pg_catalog.text[]"
    : `ARRAY[${values.map(quoteLiteral).join(', ')}]::pg_catalog.text[]`;
}

/** An array as the text that PostgreSQL reads one from: {a,"b c"}. */
export function arrayValue(values: readonly string[]): string {
  const items = values.map((value) =>
    /^(?!null$)[\w-]+$/i.test(value) ? value : `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`,
  );
  return `{${items.join(',')}}`;
}

/** One printable line, for `--` comments and for terminals: nothing in it can end the line or move the cursor (F66, F67). */
export function sanitizeLine(text: string): string {
  return text.replace(breaks, ' ').replace(unprintable, escapeCharacter).trim();
}

/** The same for a text of several lines, which keeps them and its tabs. */
export function makeVisible(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(unprintable, (character) => (/[\n\t]/.test(character) ? character : escapeCharacter(character)));
}

/** The argument of psql's `\echo`. Unquoted, backticks in it would run a shell (F67). */
export function quoteEcho(text: string): string {
  return `'${sanitizeLine(text).replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** JSON in which nothing reaches a terminal that moves the cursor: JSON itself lets C1 and bidi controls through (F66). */
export function sanitizeJson(json: string): string {
  return json.replace(unprintable, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** `\x1b`, `\u202e`: a character that must not reach a terminal, made visible. */
export function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code > 0xff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\x${code.toString(16).padStart(2, '0')}`;
}

const breaks = /[\t\n\v\f\r\u0085\u2028\u2029]+/g;

/** C0 and C1 controls, line separators, bidi controls, a BOM, and halves of surrogate pairs. */
export const unprintable: RegExp = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

const plainName = /^[a-z_][a-z0-9_]*$/;

/** What cannot stand bare where a name is expected: everything in pg_get_keywords() but the unreserved, PostgreSQL 10 to 18. */
const reserved: ReadonlySet<string> = new Set(
  `
   all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case
   cast char character check coalesce collate collation column concurrently constraint create cross
   current_catalog current_date current_role current_schema current_time current_timestamp current_user dec
   decimal default deferrable desc distinct do else end except exists extract false fetch float for foreign
   freeze from full grant greatest group grouping having ilike in initially inner inout int integer intersect
   interval into is isnull join json json_array json_arrayagg json_exists json_object json_objectagg json_query
   json_scalar json_serialize json_table json_value lateral leading least left like limit localtime
   localtimestamp merge_action national natural nchar none normalize not notnull null nullif numeric offset on
   only or order out outer overlaps overlay placing position precision primary real references returning right
   row select session_user setof similar smallint some substring symmetric system_user table tablesample then
   time timestamp to trailing treat trim true union unique user using values varchar variadic verbose when where
   window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot
   xmlserialize xmltable
  `
    .trim()
    .split(/\s+/),
);
