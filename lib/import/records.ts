import { raised } from '../ledger/refusals.ts';
import { wordName } from '../schema/describe-name.ts';
import type { Schema } from '../schema/schema.ts';

/** Where another tool, or another project of updown, records what it has run in a database. */
export interface ToolRecord {
  readonly tool: string;
  readonly kind: 'table' | 'schema';
  /** As SQL writes it: `public.alembic_version`. */
  readonly name: string;
}

/** Names that no application would give its own tables. */
const tools: readonly (readonly [tool: string, name: RegExp])[] = [
  ['Alembic', /^alembic_version$/],
  ['Flyway', /^flyway_schema_history$/],
  ['Liquibase', /^databasechangelog(lock)?$/],
  ['Rails, dbmate or golang-migrate', /^schema_migrations$/],
  ['Rails', /^ar_internal_metadata$/],
  ['Django', /^django_migrations$/],
  ['Prisma', /^_prisma_migrations$/],
  ['Drizzle', /^__drizzle_migrations$/],
  ['Knex', /^knex_migrations(_lock)?$/],
  ['Sequelize', /^SequelizeMeta$/],
  ['node-pg-migrate', /^pgmigrations$/],
  ['Diesel', /^__diesel_schema_migrations$/],
  ['SQLx', /^_sqlx_migrations$/],
  ['goose', /^goose_db_version$/],
  ['Atlas', /^atlas_schema_revisions$/],
  ['Entity Framework', /^__EFMigrationsHistory$/],
];

export function findToolRecords(schema: Schema): readonly ToolRecord[] {
  const tables = schema.tables.flatMap(({ name }): readonly ToolRecord[] => {
    const tool = tools.find(([, pattern]) => pattern.test(name.name))?.[0];
    return tool === undefined ? [] : [{ tool, kind: 'table', name: wordName(name) }];
  });
  return [...tables, ...findLedgers(schema)];
}

/** The ledger of another project is known by a routine that raises what only ours raise. */
function findLedgers({ functions, procedures }: Schema): readonly ToolRecord[] {
  const schemas = [...functions, ...procedures]
    .filter(({ name, body }) => ['enter', 'admit', 'refuse'].includes(name.name) && body.includes(raised.wrongProject))
    .map(({ name }) => name.schema);
  return [...new Set(schemas)].map((name) => ({ tool: 'another project', kind: 'schema', name: wordName(name) }));
}
