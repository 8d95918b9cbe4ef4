import { saysCascade, withJsonb, withoutCascade } from '../../sql/edit.ts';
import type { Node } from '../../sql/parser.ts';
import { quoteIdent, quoteLiteral } from '../../sql/quote.ts';
import type { Change } from '../change.ts';
import { says } from '../meant.ts';
import type { Failure, MeasuredStatement, MeasuredStep, Swap } from '../measured.ts';
import { findNodes, parseLoosely } from '../parsed.ts';
import { queriesIn } from '../plpgsql.ts';
import { setNotNull } from './not-null.ts';
import { changesOf, type Hit, isCalled, type Rule } from './rule.ts';
import { rename } from './swap.ts';
import { childrenOf, isOnly, readsOf, topsOf } from './tree.ts';

const afterDeploy = '-- first release code that no longer uses it; then, in a later revision:';

export const breakRules: readonly Rule[] = [
  {
    id: 'drop-column',
    severity: 'error',
    title: 'A column is dropped',
    why: 'Code that is still running and names the column fails at once, and the data is gone.',
    bad: 'ALTER TABLE orders DROP COLUMN note;',
    good: 'ALTER TABLE orders ALTER COLUMN note DROP DEFAULT;',
    judge: (statement) =>
      ['column', 'attribute'].flatMap((type) =>
        named(
          known(statement),
          'dropped',
          type,
          ({ object, from }) => `drops ${object} (${from})`,
          `${afterDeploy}\n${statement.text};`,
        ),
      ),
  },
  {
    id: 'drop-table',
    severity: 'error',
    title: 'A table, view or sequence is dropped',
    why: 'Code that is still running and names it fails at once, and its data is gone. A view that the same revision makes again is let be.',
    bad: 'DROP TABLE logs;',
    good: 'CREATE TABLE other (id integer);',
    judge: (statement, { step }) => {
      // A view holds no rows of its own.
      const again = madeAgain(statement, step);
      const old = known(statement);
      const views = { ...old, changes: old.changes.filter(({ object }) => !again.has(object)) };
      const kept = { ...old, changes: old.changes.filter((change) => !isSwappedOut(change, statement, step)) };
      return ['table', 'partitioned table', 'foreign table', 'materialized view', 'view', 'sequence'].flatMap((type) =>
        named(
          type.endsWith('view') ? views : kept,
          'dropped',
          type,
          ({ object }) => `drops ${object}`,
          `${afterDeploy}\n${statement.text};`,
        ),
      );
    },
  },
  {
    id: 'drop-object',
    severity: 'error',
    title: 'A function, type, operator, extension, publication or the like is dropped',
    why: 'Code that is still running and calls or names it fails at once, and so does what subscribes to a publication. One that the same revision makes again is let be, and so is a trigger function, which only triggers call.',
    bad: 'DROP FUNCTION foldable();',
    good: "DROP FUNCTION foldable();\nCREATE FUNCTION foldable() RETURNS text LANGUAGE sql AS $$SELECT 'x'$$;",
    judge: (statement, { step }) => {
      const again = madeAgain(statement, step);
      const old = known(statement).changes.filter((change) => !again.has(change.object) && !isTriggerFunction(change));
      return droppable.flatMap((type) =>
        named(
          { ...statement, changes: old },
          'dropped',
          type,
          ({ object }) => `drops ${object}${consequences[type] ?? ''}`,
          `${afterDeploy}\n${statement.text};`,
        ),
      );
    },
  },
  {
    id: 'statistics-dropped',
    severity: 'warning',
    title: 'Extended statistics are dropped',
    why: 'Plans that were right by them may go wrong from the commit on: no error tells of it, but slow queries do.',
    bad: 'DROP STATISTICS named_both;',
    good: 'DROP STATISTICS named_both;\nCREATE STATISTICS named_both ON id, name FROM named;',
    judge: (statement, { step }) => {
      const again = madeAgain(statement, step);
      const old = known(statement).changes.filter(({ object }) => !again.has(object));
      return named(
        { ...statement, changes: old },
        'dropped',
        'statistics',
        ({ object }) => `drops ${object}`,
        '-- look first which plans change without them, on a copy: EXPLAIN behind DROP STATISTICS in a transaction that is rolled back',
      );
    },
  },
  {
    id: 'drop-database',
    severity: 'error',
    title: 'A database is dropped',
    why: 'Nothing of it can be brought back but from a backup.',
    bad: '-- updown: no-transaction\nDROP DATABASE IF EXISTS other;',
    good: 'DROP TABLE IF EXISTS other;',
    judge: ({ label }) =>
      label === 'DROP DATABASE'
        ? [{ message: 'drops a whole database', advice: '-- do this by hand, with a backup at hand' }]
        : [],
  },
  {
    id: 'cascade-drops',
    severity: 'error',
    title: 'CASCADE takes along what the statement does not name',
    why: 'Views, keys, columns and functions go with it, in production perhaps others than here.',
    bad: 'DROP FUNCTION stamp() CASCADE;',
    good: 'DROP TABLE logs;',
    judge: (statement) => {
      const gone = new Set(
        changesOf(statement, 'dropped').flatMap(({ object, type }) =>
          /table|view/.test(type) ? [object.slice(type.length + 1)] : [],
        ),
      );
      const victims = changesOf(statement, 'dropped').filter(
        ({ cascaded, relation, type }) =>
          cascaded && type !== 'sequence' && !(relation !== undefined && gone.has(relation)),
      );
      if (victims.length === 0 || !isCascading(statement)) return [];
      const drops = inOrder(victims).flatMap(dropOf);
      const message = `drops ${victims.map(({ object }) => object).join(', ')} as well`;
      const itself = saysCascade(statement.text)
        ? `${withoutCascade(statement.text)};`
        : '-- and then what says CASCADE, without it';
      const relation = victims.find((victim) => victim.relation !== undefined)?.relation;
      return [
        {
          relation,
          message,
          advice: `-- in one revision, with each of them named, and without CASCADE:\n${[...together(drops), itself].join('\n')}`,
        },
      ];
    },
  },
  {
    id: 'rename',
    severity: 'error',
    title: 'Something that code knows by name is renamed',
    why: 'The old name is gone at the moment of the commit, and the new one is not there before it: old code and new code cannot both run. A table that leaves a view under its old name in the same revision is let be.',
    bad: 'ALTER TABLE orders RENAME COLUMN note TO remark;',
    good: 'ALTER INDEX orders_code RENAME TO orders_by_code;',
    judge: (statement, { step }) => {
      const again = madeAgain(statement, step);
      const isTaken = (change: Change) => again.has(`view ${change.from}`) || isNameKept(change, step);
      const names = changesOf(known(statement), 'renamed').filter(
        (change) => !['index', 'constraint', 'trigger', 'policy', 'rule'].includes(change.type) && !isTaken(change),
      );
      const schema = names.find(({ type }) => type === 'schema');
      const tops = topsOf(
        statement,
        names.flatMap(({ relation }) => relation ?? []),
      );
      // Children inherit the name, too.
      const first = schema ?? names.find(({ relation }) => relation === undefined || tops.includes(relation));
      if (first === undefined) return [];
      const { object, relation, to } = first;
      return [
        {
          relation,
          message: `renames ${object} to ${to}`,
          advice: adviseRename(statement, first),
        },
      ];
    },
  },
  {
    id: 'swapped-table-lacks',
    severity: 'error',
    title: 'A table takes the name of another one, and lacks what that one had',
    why: 'Code goes on under the same name, but indexes, keys, grants, triggers and defaults stay with the old table, and so do the views and foreign keys that point to it.',
    bad: 'ALTER TABLE customers RENAME TO customers_old;\nALTER TABLE lines RENAME TO customers;',
    good: 'ALTER TABLE keyed RENAME TO keyed_old;\nALTER TABLE keyed_new RENAME TO keyed;',
    judge: (statement, { step }) =>
      (statement.swaps ?? []).flatMap((swap): readonly Hit[] => {
        const { relation } = swap;
        const lacks = [...swap.lacks, ...viewsOf(relation, step), ...rowsLost(swap, step)];
        if (lacks.length === 0) return [];
        return [
          {
            relation,
            message: `${relation} is another table from here on, and lacks: ${lacks.join('; ')}`,
            advice:
              '-- before it takes the name, and in the same revision: give it all of that, but for what is no longer wanted. Views are\n-- made again over it, and foreign keys of other tables added again, NOT VALID, and validated in the next revision',
          },
        ];
      }),
  },
  {
    id: 'enum-value-renamed',
    severity: 'error',
    title: 'A value of an enum is renamed',
    why: 'Code that still writes or compares the old word fails at once.',
    bad: "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine';",
    good: "ALTER TYPE mood ADD VALUE 'fine' AFTER 'ok';",
    judge: (statement) =>
      changesOf(statement, 'enum-value-renamed').map(({ object, from, to }) => ({
        message: `renames the value '${from}' of ${object} to '${to}'`,
        advice: `-- add the new word (the old one stays in the type); release code that knows both; then write the rows over:\n${addValue(object, to ?? '', from ?? '')}`,
      })),
  },
  {
    id: 'enum-value-position',
    severity: 'warning',
    title: 'A value of an enum is added without a place',
    why: 'It is put at the end, which is how it sorts and compares; that cannot be changed later.',
    bad: "ALTER TYPE mood ADD VALUE 'glad';",
    good: "ALTER TYPE mood ADD VALUE 'glad' AFTER 'ok';",
    judge: (statement) =>
      placesValue(statement)
        ? []
        : changesOf(statement, 'enum-value')
            .filter(({ from, behind }) => from === 'at the end' && behind !== undefined)
            .map(({ object, to = '', behind = '' }) => ({
              message: `'${to}' comes last in ${object}`,
              advice: `-- say so, if that is meant:\n${addValue(object, to, behind)}`,
            })),
  },
  {
    id: 'enum-value-too-early',
    severity: 'error',
    title: 'A new value of an enum is used before it is committed',
    why: 'PostgreSQL refuses to use a value in the transaction that added it.',
    bad: "ALTER TYPE mood ADD VALUE 'glad' AFTER 'ok';\nINSERT INTO moods VALUES ('glad');",
    good: "INSERT INTO moods VALUES ('ok');",
    judge: ({ error, text }) =>
      error?.code === '55P04'
        ? [
            {
              message: error.message,
              advice: `-- in a revision of its own, after the one that adds the value:\n${text};`,
            },
          ]
        : [],
  },
  {
    id: 'not-null-without-default',
    severity: 'error',
    title: 'A NOT NULL column has no default',
    why: 'It fails where there is even one row, and code that does not know the column can no longer insert.',
    bad: 'ALTER TABLE orders ADD COLUMN region text NOT NULL;',
    good: "ALTER TABLE orders ADD COLUMN region text NOT NULL DEFAULT 'x';",
    judge: (statement) =>
      changesOf(statement, 'created', 'column')
        .filter(({ column }) => column?.notNull === true && !column.fills)
        .map(({ relation, column }) => ({
          relation: relation!,
          tells: { read: relation === undefined ? [] : [relation] },
          message: `${relation}.${quoteIdent(column!.name)} must be given by every INSERT, and has no value in the rows there are`,
          advice:
            '-- with a DEFAULT that fits the rows there are: a constant one costs nothing. Or without NOT NULL at first: release code that\n-- gives it, fill the rows in batches, prove it by a CHECK (NOT VALID, then VALIDATE), and SET NOT NULL, each in a revision of its own',
        })),
  },
  {
    id: 'not-null',
    severity: 'warning',
    title: 'A column no longer takes NULL',
    why: 'Code that still leaves it out or writes NULL fails at once.',
    bad: 'ALTER TABLE proven ALTER COLUMN id SET NOT NULL;',
    good: 'ALTER TABLE orders ALTER COLUMN kind DROP NOT NULL;',
    judge: (statement) =>
      named(
        statement,
        'not-null',
        'column',
        ({ object }) => `${object} must now be given`,
        ({ relation = '', column }) => {
          const isRead = readsOf(statement, relation).length > 0;
          const close = isRead
            ? setNotNull(statement, relation, column!.name, isOnly(statement, relation)).join('\n')
            : `${statement.text};`;
          return `-- first release code that always gives it; then:\n${close}`;
        },
      ),
  },
  {
    id: 'nullable',
    severity: 'warning',
    title: 'A column may be NULL from now on',
    why: 'Code that reads it and has never met a NULL may fail.',
    bad: 'ALTER TABLE orders ALTER COLUMN kind DROP NOT NULL;',
    good: 'ALTER TABLE orders ALTER COLUMN note DROP NOT NULL;',
    judge: (statement) =>
      named(
        statement,
        'nullable',
        'column',
        ({ object }) => `${object} may now be NULL`,
        `-- first release code that reads NULL; then:\n${statement.text};`,
      ),
  },
  {
    id: 'default-changed',
    severity: 'warning',
    title: 'A default is changed or dropped',
    why: 'Code that leaves the column out gets another value, or, where it is NOT NULL and has none, an error. Where it is GENERATED ALWAYS, code that gives the column fails.',
    bad: "ALTER TABLE orders ALTER COLUMN kind SET DEFAULT 'other';",
    good: "ALTER TABLE orders ALTER COLUMN note SET DEFAULT 'other';",
    judge: (statement) => {
      const [closed, others] = [true, false].map((isClosed) => ({
        ...statement,
        changes: statement.changes.filter((change) => isClosed === isGivenAlways(change)),
      }));
      return [
        ...named(
          { ...others!, changes: others!.changes.filter(({ from }) => from !== undefined) },
          'default',
          'column',
          ({ object, from, to }) => `${object}: ${from} becomes ${to ?? 'none'}`,
          `-- first release code that gives the column itself; then:\n${statement.text};`,
        ),
        ...named(
          closed!,
          'default',
          'column',
          ({ object, from }) => `${object}: ${from ?? 'none'} becomes GENERATED ALWAYS: whoever gives it a value fails`,
          `-- (BY DEFAULT takes the value too)\n-- first release code that leaves the column out; then:\n${statement.text};`,
        ),
      ];
    },
  },
  {
    id: 'json-column',
    severity: 'warning',
    title: 'A column of type json has no equality',
    why: 'DISTINCT, GROUP BY and UNION over the table fail where they touch it; jsonb has all that json lacks.',
    bad: 'ALTER TABLE orders ADD COLUMN data json;',
    good: 'ALTER TABLE orders ADD COLUMN data jsonb;',
    judge: (statement) =>
      statement.changes
        .filter(({ kind, column }) => (kind === 'created' || kind === 'type') && column?.type === 'json')
        .map(({ relation, column }) => ({
          relation: relation!,
          message: `${relation}.${quoteIdent(column!.name)} is json`,
          advice: asJsonb(statement),
        })),
  },
  {
    id: 'truncate',
    severity: 'error',
    title: 'TRUNCATE empties tables under ACCESS EXCLUSIVE',
    why: 'All rows are gone; with CASCADE also those of every table that refers to it.',
    bad: 'TRUNCATE logs;',
    good: 'DELETE FROM logs WHERE id = 5;',
    judge: (statement) => {
      const { rows } = statement;
      const tables = rows.filter(({ truncated }) => truncated).map(({ relation }) => relation);
      const [first] = tables;
      if (first === undefined) return [];
      const advice = isCascading(statement)
        ? `-- name each table, and leave CASCADE out:\n${truncateAll(statement, tables)}`
        : `-- if the rows may really go:\n-- updown: allow truncate: <why>`;
      return [{ relation: first, message: `empties ${tables.join(', ')}`, advice }];
    },
  },
  {
    id: 'identifier-too-long',
    severity: 'warning',
    title: 'A name is cut off',
    why: 'PostgreSQL keeps 63 bytes of a name; two long names may become one.',
    bad: 'CREATE TABLE a_name_that_is_so_long_that_nobody_would_ever_write_it_by_hand_at_all (id integer);',
    good: 'CREATE TABLE other (id integer);',
    judge: ({ notices }) =>
      notices
        .filter(({ code }) => code === '42622')
        .map(({ message }) => ({ message, advice: '-- choose a name of at most 63 bytes' })),
  },
  {
    id: 'fails',
    severity: 'error',
    title: 'A statement fails on scratch',
    why: 'What fails on a schema brought to this point from the same files will most likely fail in production; what stands after it was not measured.',
    bad: 'ALTER TABLE nowhere ADD COLUMN a integer;',
    good: 'ALTER TABLE orders ADD COLUMN a integer;',
    // What is behind a statement that fails was not measured.
    unallowable: true,
    judge: ({ error }) =>
      error === undefined || error.code === '55P04' || error.cause === 'missing'
        ? []
        : [
            {
              message: `${error.message} (${error.code})`,
              advice: adviseFailed(error),
            },
          ],
  },
  {
    id: 'not-measured',
    severity: 'error',
    title: 'A statement needs what scratch lacks',
    why: 'An extension, a part of the history, or a schema, type or function that no file makes is not there on scratch: nobody has seen what this statement locks and does.',
    bad: 'CREATE EXTENSION nobody_has_this;',
    good: 'CREATE EXTENSION IF NOT EXISTS plpgsql;',
    unallowable: true,
    judge: ({ error }) =>
      error?.cause !== 'missing'
        ? []
        : [
            {
              message: `not measured: ${error.message} (${error.code})`,
              advice:
                '-- make what it needs in a file that "scratch": { "setup": "<file>" } of updown.json names,\n-- or name a server that has it: --scratch postgres://…; if the name is misspelt, correct it',
            },
          ],
  },
];

function adviseFailed({ cause }: Failure): string {
  if (cause === 'limit')
    return '-- a loop that waits for rows never ends on empty scratch: give it an end of its own, or rows in a file that\n-- "scratch": { "setup": "<file>" } of updown.json names; what only takes long: --statement-timeout <time>';
  if (cause === 'server')
    return '-- it belongs to others on the scratch server: name one that has nothing of theirs, --scratch postgres://…';
  return '-- correct it; if it needs what scratch lacks (an extension, a language, a role, rows), name a server: --scratch postgres://…,\n-- or make it in a file that "scratch": { "setup": "<file>" } of updown.json names';
}

const droppable: readonly string[] = [
  ...['function', 'procedure', 'aggregate', 'type', 'domain', 'extension', 'schema', 'collation', 'conversion'],
  ...['operator', 'operator class', 'operator family', 'cast', 'language', 'access method', 'transform'],
  ...['text search configuration', 'text search dictionary', 'text search parser', 'text search template'],
  ...['foreign-data wrapper', 'server', 'user mapping', 'publication', 'subscription', 'event trigger'],
];

/** What happens then, where no code names it. */
const consequences: Readonly<Record<string, string>> = {
  publication: ': its subscribers fail, and get no more rows',
  subscription: ': its tables get no more rows',
  'event trigger': ': what it kept or refused, nothing does any more',
};

/** Only triggers call it, and DROP without CASCADE refuses while one is left. */
function isTriggerFunction({ result }: Change): boolean {
  return result === 'trigger' || result === 'event_trigger';
}

/** Without what the same plan made, which nothing that runs can know. */
function known(statement: MeasuredStatement): MeasuredStatement {
  return { ...statement, changes: statement.changes.filter(({ madeInPlan }) => !madeInPlan) };
}

/** What there is under each name at the commit, be it made after the old one was dropped or given the name. */
function madeAgain(statement: MeasuredStatement, step: MeasuredStep): ReadonlySet<string> {
  const own = changesOf(statement, 'created');
  const later = step.statements
    .filter(({ number }) => step.transactional && number > statement.number)
    .flatMap((one) => changesOf(one, 'created'));
  return new Set([...own, ...later].map(({ object }) => object));
}

type Renamed = Pick<Change, 'type' | 'from' | 'to' | 'relation'>;

/** All names that the step gives, be it of tables or of a table's columns. */
function renamesIn({ statements, transactional }: MeasuredStep): readonly Renamed[] {
  return transactional ? statements.flatMap((one) => changesOf(one, 'renamed')) : [];
}

/** It leaves its name to another one, or takes one that was another's: before the commit there is that name, and behind it as well. */
function isNameKept(change: Change, step: MeasuredStep): boolean {
  const { type, from = '', to = '', relation } = change;
  const isColumn = type === 'column' || type === 'attribute';
  const isAlike = (other: Renamed) =>
    isColumn
      ? other.type === type && other.relation === relation
      : /table$/.test(type)
        ? /table$/.test(other.type)
        : other.type === type;
  const others = renamesIn(step).filter((other) => isAlike(other) && other.from !== from);
  const object = isColumn ? `column ${relation}.${quoteIdent(to)}` : `${type} ${to}`;
  const dropped =
    step.transactional &&
    step.statements.some((one) => changesOf(one, 'dropped').some((gone) => gone.object === object));
  const isSwapped =
    step.transactional && step.statements.some((one) => (one.swaps ?? []).some((swap) => swap.relation === from));
  return isSwapped || dropped || others.some((other) => other.to === from || other.from === to);
}

/** The table behind a name that stays: another one has it at the commit, and the rows were copied, or may have been before. */
function isSwappedOut({ type, object }: Change, { number }: MeasuredStatement, step: MeasuredStep): boolean {
  if (!/table$/.test(type) || !step.transactional) return false;
  const name = object.slice(type.length + 1);
  const before = { ...step, statements: step.statements.filter((one) => one.number < number) };
  const was = renamesIn(before).find((one) => one.to === name && /table$/.test(one.type))?.from ?? name;
  const swaps = step.statements.flatMap((one) => one.swaps ?? []);
  return swaps.some((swap) => swap.relation === was && (!swap.fresh || isCopied(swap, step)));
}

/** By an INSERT of its own, or as CREATE TABLE … AS. */
function isCopied({ relation }: Swap, { statements }: MeasuredStep): boolean {
  const names = [
    relation,
    ...statements
      .flatMap((one) => changesOf(one, 'renamed'))
      .flatMap(({ from, to }) => (from === relation && to ? [to] : [])),
  ];
  return statements.some(({ text }) =>
    (parseLoosely(text) ?? []).some((node) => {
      if (!('InsertStmt' in node || 'CreateTableAsStmt' in node)) return false;
      return [...findNodes(node)].some(([kind, body]) => {
        const { relname = '', schemaname } = (kind === 'RangeVar' ? body : {}) as {
          relname?: string | undefined;
          schemaname?: string | undefined;
        };
        return names.some((one) => isCalled(one, { name: relname, schema: schemaname }));
      });
    }),
  );
}

function viewsOf(relation: string, { statements }: MeasuredStep): readonly string[] {
  const guards = statements.flatMap(({ adviceFacts }) => adviceFacts?.guards ?? []);
  const views = guards.filter((guard) => guard.relation === relation).flatMap((guard) => guard.views);
  return [...new Set(views)].map((view) => `view ${view}, which goes on showing the old one`);
}

function rowsLost(swap: Swap, step: MeasuredStep): readonly string[] {
  return swap.old === undefined && !swap.fresh && !isCopied(swap, step)
    ? ['the rows of the old one, but for what was copied before']
    : [];
}

function isGivenAlways({ kind, to = '' }: Change): boolean {
  return kind === 'default' && to.startsWith('GENERATED ALWAYS AS IDENTITY');
}

/** Foreign keys first, which need what others are; constraints before their columns, and tables before the types that they use. */
function inOrder(victims: readonly Change[]): readonly Change[] {
  const order = [/^constraint$/, /^(trigger|rule|policy|index)$/, /view$/, /^column$/, /table$/];
  const rank = ({ type, constraint }: Change) => {
    const at = order.findIndex((one) => one.test(type));
    return constraint?.kind === 'foreign key' ? -1 : at === -1 ? order.length : at;
  };
  return victims.toSorted((a, b) => rank(a) - rank(b));
}

/** What it is, and what it runs where it is a block. */
function nodesOf({ text, label }: MeasuredStatement): readonly Node[] {
  return label === 'DO' ? queriesIn(text) : (parseLoosely(text) ?? []);
}

/** In a block or a call it may be said in a literal. */
function isCascading({ text, label }: MeasuredStatement): boolean {
  const isShown = !/^(DO|SELECT|CALL|EXECUTE|WITH)\b/.test(label) && parseLoosely(text) !== undefined;
  return isShown ? saysCascade(text) : says(text, 'cascade');
}

/** `ADD VALUE … BEFORE` or `AFTER` another one. */
function placesValue(statement: MeasuredStatement): boolean {
  const added = nodesOf(statement).flatMap((node) => ('AlterEnumStmt' in node ? [node.AlterEnumStmt] : []));
  if (added.length === 0) return says(statement.text, 'before', 'after');
  return added.every(({ newValNeighbor = '' }) => newValNeighbor !== '');
}

function asJsonb({ text }: MeasuredStatement): string {
  const edited = withJsonb(text);
  return edited === undefined ? '-- jsonb in the place of json' : `-- as jsonb:\n${edited};`;
}

/** Tables, or views, that refer to each other go in one statement. */
function together(drops: readonly string[]): readonly string[] {
  return ['DROP MATERIALIZED VIEW ', 'DROP VIEW ', 'DROP TABLE '].reduce(joinDrops, drops);
}

function joinDrops(drops: readonly string[], start: string): readonly string[] {
  const tables = drops.filter((drop) => drop.startsWith(start)).map((drop) => drop.slice(start.length, -1));
  const first = drops.findIndex((drop) => drop.startsWith(start));
  return drops.flatMap((drop, index) => {
    if (!drop.startsWith(start)) return [drop];
    return index === first ? [`${start}${tables.join(', ')};`] : [];
  });
}

/** A constraint of a domain goes with the domain alone. */
function dropOf({ type, object, relation, constraint }: Change): readonly string[] {
  const name = object.slice(type.length + 1);
  if (type === 'constraint') {
    return relation === undefined ? [] : [`ALTER TABLE ${relation} DROP CONSTRAINT ${quoteIdent(constraint!.name)};`];
  }
  if (type === 'column') return [`ALTER TABLE ${relation} DROP COLUMN ${name.slice(relation!.length + 1)};`];
  if (type === 'attribute') return [];
  return [`DROP ${type.replace('partitioned ', '').toUpperCase()} ${name};`];
}

/** These, and no child that was let be. */
function truncateAll(statement: MeasuredStatement, tables: readonly string[]): string {
  const isAlone = (table: string) => childrenOf(statement, table).some((child) => !tables.includes(child));
  const restarts = nodesOf(statement).some((node) => 'TruncateStmt' in node && node.TruncateStmt.restart_seqs === true);
  const restart = restarts ? ' RESTART IDENTITY' : '';
  return `TRUNCATE ${tables.map((table) => (isAlone(table) ? `ONLY ${table}` : table)).join(', ')}${restart};`;
}

/** Where several tables inherit the change, one finding tells of all. */
function named(
  statement: MeasuredStatement,
  kind: Change['kind'],
  type: string,
  word: (change: Change) => string,
  advice: string | ((change: Change) => string),
): readonly Hit[] {
  return changesOf(statement, kind, type)
    .filter(({ cascaded }) => cascaded === undefined)
    .map((change) => {
      const relation =
        change.relation ?? (/table|view|sequence/.test(type) ? change.object.slice(type.length + 1) : undefined);
      const way = typeof advice === 'string' ? advice : advice(change);
      return { relation, message: word(change), advice: way };
    });
}

function addValue(object: string, value: string, behind: string): string {
  return `ALTER ${object.replace(/^type/, 'TYPE')} ADD VALUE ${quoteLiteral(value)} AFTER ${quoteLiteral(behind)};`;
}

function adviseRename(statement: MeasuredStatement, change: Change): string {
  const { type, from, to } = change;
  const { text } = statement;
  const isView = statement.locks.some(({ relation, kind }) => relation === change.relation && kind.endsWith('view'));
  if (type === 'column' && change.column !== undefined && !isView) return rename(statement, change);
  return type === 'table' || type === 'partitioned table'
    ? `${text};\n${viewUnder(statement, from ?? '', to ?? '')}`
    : `-- first release code that knows both names; then:\n${text};`;
}

/** A view is read with the rights of its owner, and has none of the table's grants. */
function viewUnder({ adviceFacts }: MeasuredStatement, from: string, to: string): string {
  const { rowSecurity = false, grants = [] } = adviceFacts?.guards.find(({ relation }) => relation === from) ?? {};
  return [
    '-- a view under the old name, in the same revision, until no code uses it:',
    ...(rowSecurity
      ? [
          '-- (security_invoker is there from PostgreSQL 15 on; before, the view would pass by row security: then leave it out)',
        ]
      : []),
    `CREATE VIEW ${from}${rowSecurity ? ' WITH (security_invoker = true)' : ''} AS SELECT * FROM ${to};`,
    ...grants.map((grant) => `${grant};`),
  ].join('\n');
}
