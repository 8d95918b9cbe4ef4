import { quoteIdent, quoteLiteral, quoteRelation } from '../../sql/quote.ts';
import { wordName } from '../describe-name.ts';
import type * as extra from '../extra.ts';
import type { NameOf, WholeKind } from '../kind.ts';
import { propertyLines } from './type.ts';
import { block, comment, foreignOptions, granted, grantStatements, owned, words } from './words.ts';

export function schemaStatements(schema: extra.Namespace): readonly string[] {
  const name = quoteIdent(schema.name);
  return [`CREATE SCHEMA ${name};`, ...granted(`SCHEMA ${name}`, schema)];
}

export function extensionStatements({ name, schema, version, comment: text }: extra.Extension): readonly string[] {
  return [
    `CREATE EXTENSION ${quoteIdent(name)} WITH SCHEMA ${quoteIdent(schema)} VERSION ${quoteLiteral(version)};`,
    ...comment(`EXTENSION ${quoteIdent(name)}`, text),
  ];
}

export function defaultPrivilegesStatements({ name, grants }: extra.DefaultPrivileges): readonly string[] {
  const scope = words(
    `ALTER DEFAULT PRIVILEGES FOR ROLE ${quoteIdent(name.role)}`,
    name.schema !== null && `IN SCHEMA ${quoteIdent(name.schema)}`,
  );
  const objects = name.objects.toUpperCase();
  const given = grantStatements(objects, grants).map((text) => `${scope} ${text}`);
  return given.length === 0 ? [`${scope} REVOKE ALL ON ${objects} FROM PUBLIC;`] : given;
}

export function settingStatements({ name, value }: extra.Setting): readonly string[] {
  const whose =
    name.role === null ? 'ALTER DATABASE current' : `ALTER ROLE ${quoteIdent(name.role)} IN DATABASE current`;
  return [`${whose} SET ${name.setting} TO ${quoteLiteral(value)};`];
}

export function securityLabelStatements({ name, label }: extra.SecurityLabel): readonly string[] {
  return [`SECURITY LABEL FOR ${quoteIdent(name.provider)} ON ${name.object} IS ${quoteLiteral(label)};`];
}

/** `only`: as SQL that is run has to name a table, whose heirs are named by themselves. */
export function publicationStatements(publication: extra.Publication, only: '' | 'ONLY ' = ''): readonly string[] {
  const { allTables, operations, viaRoot, generatedColumns, schemas, tables } = publication;
  const name = quoteIdent(publication.name);
  const objects = [
    ...tables.map(({ table, columns, where }) =>
      words(
        `TABLE ${only}${quoteRelation(table)}`,
        columns !== null && `(${columns.map(quoteIdent).join(', ')})`,
        where !== null && `WHERE (${where})`,
      ),
    ),
    ...schemas.map((schema) => `TABLES IN SCHEMA ${quoteIdent(schema)}`),
  ];
  const create = words(
    `CREATE PUBLICATION ${name}`,
    allTables ? 'FOR ALL TABLES' : objects.length > 0 && `FOR ${objects.join(', ')}`,
    `WITH (publish = ${quoteLiteral(operations.join(', '))}, publish_via_partition_root = ${viaRoot}`,
  );
  const generated = generatedColumns === 'none' ? '' : `, publish_generated_columns = ${generatedColumns}`;
  return [`${create}${generated});`, ...owned(`PUBLICATION ${name}`, publication)];
}

export function eventTriggerStatements(trigger: extra.EventTrigger): readonly string[] {
  const name = quoteIdent(trigger.name);
  const states = { origin: '', replica: 'ENABLE REPLICA', always: 'ENABLE ALWAYS', disabled: 'DISABLE' } as const;
  const state = states[trigger.enabled];
  const tags = trigger.tags.length > 0 && `WHEN TAG IN (${trigger.tags.map(quoteLiteral).join(', ')})`;
  return [
    `${words(`CREATE EVENT TRIGGER ${name} ON ${trigger.event}`, tags, `EXECUTE FUNCTION ${trigger.function}`)};`,
    ...(state === '' ? [] : [`ALTER EVENT TRIGGER ${name} ${state};`]),
    ...owned(`EVENT TRIGGER ${name}`, trigger),
  ];
}

export function foreignDataWrapperStatements(wrapper: extra.ForeignDataWrapper): readonly string[] {
  const name = quoteIdent(wrapper.name);
  const { handler, validator, options } = wrapper;
  const create = words(
    `CREATE FOREIGN DATA WRAPPER ${name}`,
    handler === null ? 'NO HANDLER' : `HANDLER ${handler}`,
    validator === null ? 'NO VALIDATOR' : `VALIDATOR ${validator}`,
    foreignOptions(options),
  );
  return [`${create};`, ...granted(`FOREIGN DATA WRAPPER ${name}`, wrapper)];
}

export function foreignServerStatements(server: extra.ForeignServer): readonly string[] {
  const name = quoteIdent(server.name);
  const create = words(
    `CREATE SERVER ${name}`,
    server.type !== null && `TYPE ${quoteLiteral(server.type)}`,
    server.version !== null && `VERSION ${quoteLiteral(server.version)}`,
    `FOREIGN DATA WRAPPER ${quoteIdent(server.wrapper)}`,
    foreignOptions(server.options),
  );
  return [`${create};`, ...granted(`SERVER ${name}`, server, undefined, `FOREIGN SERVER ${name}`)];
}

export function languageStatements(language: extra.Language): readonly string[] {
  const name = quoteIdent(language.name);
  const create = words(
    `CREATE ${language.trusted ? 'TRUSTED ' : ''}LANGUAGE ${name} HANDLER ${language.handler}`,
    language.inline !== null && `INLINE ${language.inline}`,
    language.validator !== null && `VALIDATOR ${language.validator}`,
  );
  return [`${create};`, ...granted(`LANGUAGE ${name}`, language, language.trusted ? 'USAGE' : undefined)];
}

/** What few have: its name as PostgreSQL's manual calls it, and its properties in their order. */
export function plainStatements(
  kind: WholeKind,
  value: {
    readonly name: NameOf<WholeKind>;
    readonly comment?: string | null;
    readonly owner?: string;
  },
): readonly string[] {
  const { name, comment: text, owner, ...properties } = value;
  const object = `${kind.replaceAll('-', ' ').toUpperCase()} ${wordName(name)}`;
  return [
    `CREATE ${object} ${block(propertyLines(properties))};`,
    ...(owner === undefined ? [] : [`ALTER ${object} OWNER TO ${quoteIdent(owner)};`]),
    ...(text === undefined ? [] : comment(object, text)),
  ];
}
