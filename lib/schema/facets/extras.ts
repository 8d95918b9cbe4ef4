import { quoteIdent, quoteRelation } from '../../sql/quote.ts';
import type { PublishedTable } from '../extra.ts';
import type { Kind } from '../kind.ts';
import { flag, grants, items, options, type Phrase, quoted, shown, value } from '../phrase.ts';
import { described, firing, granted, owned } from './common.ts';
import type { Facets } from './form.ts';

type Extras = Pick<
  Facets,
  | 'schema'
  | 'extension'
  | 'default-privileges'
  | 'setting'
  | 'security-label'
  | 'collation'
  | 'conversion'
  | 'cast'
  | 'operator'
  | 'access-method'
  | 'language'
  | 'transform'
  | 'user-mapping'
  | 'publication'
  | 'subscription'
  | Extract<
      Kind,
      `operator-${string}` | `text-search-${string}` | `foreign-${'data-wrapper' | 'server'}` | `event-${string}`
    >
>;

const publishedTables: Phrase<readonly PublishedTable[]> = (before, after) =>
  items('tables')(before.map(wordPublished), after.map(wordPublished));

function wordPublished({ table, columns, where }: PublishedTable): string {
  const only = columns === null ? '' : ` (${columns.map(quoteIdent).join(', ')})`;
  return `${quoteRelation(table)}${only}${where === null ? '' : ` WHERE ${where}`}`;
}

export const extras: Extras = {
  schema: granted,
  extension: { ...described, schema: value('schema'), version: value('version') },
  'default-privileges': { grants },
  setting: { value: quoted('value') },
  'security-label': { label: quoted('label') },
  collation: {
    ...owned,
    provider: value('provider'),
    deterministic: flag('became deterministic', 'is not deterministic any more'),
    locale: value('locale'),
    collate: value('LC_COLLATE'),
    characterType: value('LC_CTYPE'),
    rules: value('rules'),
    encoding: value('encoding'),
  },
  conversion: {
    ...owned,
    source: value('source encoding'),
    target: value('target encoding'),
    function: value('function'),
    default: flag('became the default', 'is not the default any more'),
  },
  cast: { ...described, context: value('context'), method: value('method'), function: value('function') },
  operator: {
    ...owned,
    function: value('function'),
    commutator: value('commutator'),
    negator: value('negator'),
    restrict: value('RESTRICT'),
    join: value('JOIN'),
    hashes: flag('HASHES was set', 'HASHES was dropped'),
    merges: flag('MERGES was set', 'MERGES was dropped'),
  },
  'operator-family': { ...owned, operators: items('operators'), functions: items('functions') },
  'operator-class': {
    ...owned,
    type: value('type'),
    default: flag('became the default', 'is not the default any more'),
    storage: value('storage type'),
    family: shown('family', quoteRelation),
  },
  'access-method': { ...described, type: value('type'), handler: value('handler') },
  language: {
    ...granted,
    trusted: flag('became trusted', 'is not trusted any more'),
    handler: value('handler'),
    inline: value('inline handler'),
    validator: value('validator'),
  },
  transform: { ...described, fromSql: value('FROM SQL function'), toSql: value('TO SQL function') },
  'text-search-configuration': {
    ...owned,
    parser: shown('parser', quoteRelation),
    mappings: (before, after) => options('mapping for')(asText(before), asText(after)),
  },
  'text-search-dictionary': { ...owned, template: shown('template', quoteRelation), options: value('options') },
  'text-search-parser': {
    ...described,
    start: value('START'),
    token: value('GETTOKEN'),
    end: value('END'),
    headline: value('HEADLINE'),
    lexTypes: value('LEXTYPES'),
  },
  'text-search-template': { ...described, init: value('INIT'), lexize: value('LEXIZE') },
  'foreign-data-wrapper': {
    ...granted,
    handler: value('handler'),
    validator: value('validator'),
    options: options('option'),
  },
  'foreign-server': {
    ...granted,
    wrapper: value('wrapper'),
    type: value('type'),
    version: value('version'),
    options: options('option'),
  },
  'user-mapping': {},
  publication: {
    ...owned,
    allTables: flag('became FOR ALL TABLES', 'is not FOR ALL TABLES any more'),
    operations: items('operations'),
    viaRoot: flag('publishes via the root of partitions now', 'publishes partitions by themselves now'),
    generatedColumns: value('generated columns'),
    schemas: items('schemas'),
    tables: publishedTables,
  },
  subscription: {
    ...owned,
    enabled: flag('was enabled', 'was disabled'),
    publications: items('publications'),
    slot: value('slot'),
    synchronousCommit: value('synchronous_commit'),
    binary: flag('became binary', 'is not binary any more'),
  },
  'event-trigger': {
    ...owned,
    event: value('event'),
    tags: items('tags'),
    function: value('function'),
    enabled: firing,
  },
};

function asText(mappings: Readonly<Record<string, readonly string[]>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(mappings).map(([token, dictionaries]) => [token, dictionaries.join(', ')]));
}
