import { createHash } from 'node:crypto';
import { describeName } from '../describe-name.ts';
import { type Kinds, lists, type WholeKind } from '../kind.ts';
import type { Schema } from '../schema.ts';
import * as other from './other.ts';
import * as routine from './routine.ts';
import * as table from './table.ts';
import * as type from './type.ts';
import * as view from './view.ts';

/**
 * A schema as text: objects by kind and by name, each as the statements that define it. The same schema is the same text, on every machine; no
 * time, no user and no database is in it. It is to be read and compared, not to be run: what refers to what decides no order.
 */
export function renderSchema(schema: Schema): string {
  const sections = Object.entries(lists).flatMap(([list, kind]) => {
    const values = schema[list as keyof typeof lists] as readonly Kinds[typeof kind][];
    return sorted(kind, values).map((value) => `${renderObject(kind, value).join('\n')}\n`);
  });
  return [`${headOf(schema)}\n`, ...sections].join('\n');
}

/** One line that differs where the text differs. */
export function hashSchema(schema: Schema): string {
  return createHash('sha256').update(renderSchema(schema)).digest('hex');
}

function headOf({ major }: Schema): string {
  return `-- A schema of PostgreSQL ${major}, as updown snapshot 1`;
}

/** By schema and name, as people look for it. */
function sorted<K extends WholeKind>(kind: K, values: readonly Kinds[K][]): readonly Kinds[K][] {
  const named = values.map((value) => ({ key: describeName(kind, value.name), value }));
  return named.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ value }) => value);
}

type Renderers = { readonly [K in WholeKind]: (value: Kinds[K]) => readonly string[] };

const renderers: Renderers = {
  schema: other.schemaStatements,
  extension: other.extensionStatements,
  'default-privileges': other.defaultPrivilegesStatements,
  setting: other.settingStatements,
  'security-label': other.securityLabelStatements,
  enum: type.enumStatements,
  domain: type.domainStatements,
  composite: type.compositeStatements,
  range: type.rangeStatements,
  'base-type': type.baseTypeStatements,
  table: table.tableStatements,
  'foreign-table': table.foreignTableStatements,
  view: view.viewStatements,
  'materialized-view': view.materializedViewStatements,
  sequence: view.sequenceStatements,
  statistics: view.statisticsStatements,
  function: routine.functionStatements,
  procedure: routine.procedureStatements,
  aggregate: routine.aggregateStatements,
  collation: (value) => other.plainStatements('collation', value),
  conversion: (value) => other.plainStatements('conversion', value),
  cast: (value) => other.plainStatements('cast', value),
  operator: (value) => other.plainStatements('operator', value),
  'operator-family': (value) => other.plainStatements('operator-family', value),
  'operator-class': (value) => other.plainStatements('operator-class', value),
  'access-method': (value) => other.plainStatements('access-method', value),
  language: other.languageStatements,
  transform: (value) => other.plainStatements('transform', value),
  'text-search-configuration': (value) => other.plainStatements('text-search-configuration', value),
  'text-search-dictionary': (value) => other.plainStatements('text-search-dictionary', value),
  'text-search-parser': (value) => other.plainStatements('text-search-parser', value),
  'text-search-template': (value) => other.plainStatements('text-search-template', value),
  'foreign-data-wrapper': other.foreignDataWrapperStatements,
  'foreign-server': other.foreignServerStatements,
  'user-mapping': (value) => other.plainStatements('user-mapping', value),
  publication: (value) => other.publicationStatements(value),
  subscription: (value) => other.plainStatements('subscription', value),
  'event-trigger': other.eventTriggerStatements,
};

/** The statements that define an object, and what belongs to it. */
export function renderObject<K extends WholeKind>(kind: K, value: Kinds[K]): readonly string[] {
  return renderers[kind](value);
}
