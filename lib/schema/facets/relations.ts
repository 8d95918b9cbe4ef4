import { quoteIdent, quoteRelation } from '../../sql/quote.ts';
import type { Name } from '../name.ts';
import { flag, grants, items, options, type Phrase, quoted, shown, text, value } from '../phrase.ts';
import type { Column, NotNull, Partition, SequenceOwner } from '../relation.ts';
import { described, firing, granted, owned } from './common.ts';
import type { Facets } from './form.ts';

type Relations = Pick<
  Facets,
  | 'table'
  | 'foreign-table'
  | 'view'
  | 'materialized-view'
  | 'sequence'
  | 'statistics'
  | 'column'
  | 'constraint'
  | 'index'
  | 'trigger'
  | 'rule'
  | 'policy'
>;

const storage = {
  accessMethod: value('access method'),
  tablespace: value('tablespace'),
  options: options('storage parameter'),
};

const partition: Phrase<Partition | null> = shown<Partition>(
  'partition',
  ({ of, bound, detaching }) => `of ${quoteRelation(of)} ${bound}${detaching ? ', being detached,' : ''}`,
);
const inherits: Phrase<readonly Name[]> = (before, after) =>
  items('INHERITS')(before.map(quoteRelation), after.map(quoteRelation));

const notNull: Phrase<NotNull | null> = (before, after) => {
  if (before === null || after === null)
    return after === null ? 'NOT NULL was dropped' : `${wordNotNull(after)} was set`;
  if (before.comment !== after.comment) return quoted('NOT NULL: comment')(before.comment, after.comment);
  return { label: '', before: wordNotNull(before), after: wordNotNull(after) };
};

function wordNotNull({ validated, noInherit }: NotNull): string {
  return `NOT NULL${noInherit ? ' NO INHERIT' : ''}${validated ? '' : ' NOT VALID'}`;
}

const identity = shown<NonNullable<Column['identity']>>(
  'identity',
  ({ generated, sequence }) => `GENERATED ${generated.toUpperCase()} by sequence ${quoteRelation(sequence)}`,
);
const generated = shown<NonNullable<Column['generated']>>(
  'generated value',
  ({ kind, expression }) => `${expression} (${kind})`,
);
const inheritance: Phrase<string> = value('inheritance');
const ownedBy = shown<SequenceOwner>(
  'owner column',
  ({ table, column, identity: own }) => `${quoteRelation(table)}.${quoteIdent(column)}${own ? ' (identity)' : ''}`,
);

export const relations: Relations = {
  table: {
    ...granted,
    ...storage,
    persistence: value('persistence'),
    toastOptions: options('TOAST storage parameter'),
    ofType: value('type of the table'),
    partitionKey: value('partition key'),
    rowSecurity: flag('row level security was enabled', 'row level security was disabled'),
    forcesRowSecurity: flag('row level security was forced on the owner', 'row level security is not forced any more'),
    replicaIdentity: value('replica identity'),
    inherits,
    partition,
  },
  'foreign-table': { ...granted, inherits, partition, server: value('server'), foreignOptions: options('option') },
  view: { ...granted, definition: text('query'), options: options('option') },
  'materialized-view': {
    ...granted,
    ...storage,
    definition: text('query'),
    toastOptions: options('TOAST storage parameter'),
    populated: flag('was populated', 'is not populated any more'),
  },
  sequence: {
    ...granted,
    persistence: value('persistence'),
    type: value('type'),
    start: value('START'),
    increment: value('INCREMENT'),
    minimum: value('MINVALUE'),
    maximum: value('MAXVALUE'),
    cache: value('CACHE'),
    cycle: flag('CYCLE was set', 'NO CYCLE was set'),
    ownedBy,
  },
  statistics: {
    ...owned,
    table: shown('table', quoteRelation),
    kinds: items('kinds'),
    columns: items('columns'),
    expressions: items('expressions'),
    target: value('statistics target'),
  },
  column: {
    ...described,
    grants,
    inheritance,
    notNull,
    identity,
    generated,
    type: value('type'),
    default: value('default'),
    collation: shown('collation', quoteRelation),
    storage: value('storage'),
    compression: value('compression'),
    statisticsTarget: value('statistics target'),
    options: options('option'),
    foreignOptions: options('option'),
  },
  constraint: {
    ...described,
    inheritance,
    definition: text('definition'),
    validated: flag('was validated', 'became NOT VALID'),
    enforced: flag('became ENFORCED', 'became NOT ENFORCED'),
    deferrable: (_, after) => (after === 'no' ? 'became NOT DEFERRABLE' : `became DEFERRABLE ${after.toUpperCase()}`),
    noInherit: flag('became NO INHERIT', 'is inherited now'),
    firing: flag('its triggers were enabled', 'its triggers were disabled'),
  },
  index: {
    ...described,
    definition: text('definition'),
    valid: flag('became valid', 'became invalid'),
    clustered: flag('CLUSTER goes by it now', 'CLUSTER does not go by it any more'),
    tablespace: storage.tablespace,
    options: storage.options,
    statisticsTargets: (before, after) => options('statistics target of column')(asText(before), asText(after)),
    parent: shown('parent index', quoteRelation),
  },
  trigger: { ...described, definition: text('definition'), enabled: firing },
  rule: { ...described, definition: text('definition'), enabled: firing },
  policy: {
    ...described,
    command: value('command'),
    permissive: flag('became PERMISSIVE', 'became RESTRICTIVE'),
    roles: items('roles'),
    using: value('USING'),
    withCheck: value('WITH CHECK'),
  },
};

function asText(targets: Readonly<Record<string, number>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(targets).map(([column, target]) => [column, String(target)]));
}
