import type { Kind } from '../../schema/kind.ts';
import { column } from './column.ts';
import { foreignTable } from './foreign-table.ts';
import * as operator from './operator.ts';
import * as other from './other.ts';
import { constraint, index, policy, rule, trigger } from './parts.ts';
import { aggregate, procedure, sqlFunction } from './routine.ts';
import { sequence } from './sequence.ts';
import { table } from './table.ts';
import * as type from './type.ts';
import { materializedView, statistics, view } from './view.ts';
import type { Remedies } from './written.ts';

/** Kind by kind, the SQL that takes a difference away, or why there is none. */
export const remedies: { readonly [K in Kind]: Remedies<K> } = {
  schema: other.schema,
  extension: other.extension,
  'default-privileges': other.defaultPrivileges,
  setting: other.setting,
  'security-label': other.securityLabel,
  enum: type.enumType,
  domain: type.domain,
  composite: type.composite,
  range: type.range,
  'base-type': type.baseType,
  table,
  'foreign-table': foreignTable,
  view,
  'materialized-view': materializedView,
  sequence,
  statistics,
  function: sqlFunction,
  procedure,
  aggregate,
  collation: operator.collation,
  conversion: operator.conversion,
  cast: operator.cast,
  operator: operator.operator,
  'operator-family': operator.operatorFamily,
  'operator-class': operator.operatorClass,
  'access-method': operator.accessMethod,
  language: operator.language,
  transform: operator.transform,
  'text-search-configuration': operator.textSearchConfiguration,
  'text-search-dictionary': operator.textSearchDictionary,
  'text-search-parser': operator.textSearchParser,
  'text-search-template': operator.textSearchTemplate,
  'foreign-data-wrapper': other.foreignDataWrapper,
  'foreign-server': other.foreignServer,
  'user-mapping': other.userMapping,
  publication: other.publication,
  subscription: other.subscription,
  'event-trigger': other.eventTrigger,
  column,
  constraint,
  index,
  trigger,
  rule,
  policy,
  attribute: type.attribute,
};
