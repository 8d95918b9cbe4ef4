/** As much of JSON Schema as `updown.json` needs. */
export interface ValueSchema {
  readonly description?: string;
  readonly type?: 'string' | 'number' | 'boolean' | 'object' | 'array';
  readonly minLength?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly items?: ValueSchema;
  readonly properties?: Readonly<Record<string, ValueSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | ValueSchema;
  readonly anyOf?: readonly ValueSchema[];
}

/** Microseconds to days, as PostgreSQL reads them; a number alone is in milliseconds. */
const durationPattern = '^\\d+\\s*(us|ms|s|min|h|d)?$';

const text = (description: string): ValueSchema => ({ description, type: 'string', minLength: 1 });

const duration = (description: string): ValueSchema => ({ description, type: 'string', pattern: durationPattern });

/** The keys below `scratch`, where it is an object. */
export const knownOfScratch = ['url', 'setup', 'template', 'statementTimeout'] as const;

const scratch: Readonly<Record<(typeof knownOfScratch)[number], ValueSchema>> = {
  url: text('The server where throwaway databases are made; never production'),
  setup: text('A file of SQL that creates what the history needs and does not create'),
  template: text('A database of that server to copy, instead of an empty one'),
  statementTimeout: duration('How long a statement may run there'),
};

const properties: Readonly<Record<string, ValueSchema>> = {
  $schema: text('Where this description is, for editors'),
  dir: { ...text('The migrations folder'), default: 'migrations' },
  url: text('The database, where neither --url nor DATABASE_URL names one'),
  development: {
    description: "The database of url is a developer's own, which reset may empty",
    type: 'boolean',
    default: false,
  },
  destructive: {
    description: 'Without a terminal, a plan that destroys something runs where it is approved, and nowhere else',
    type: 'string',
    enum: ['approved'],
  },
  ledger: {
    description: 'Where the ledger is',
    type: 'object',
    properties: { schema: text('Its schema') },
    additionalProperties: false,
  },
  settings: {
    description: 'Server settings pinned in every step',
    type: 'object',
    additionalProperties: { anyOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }] },
  },
  lockTimeout: duration('How long a statement waits for a lock'),
  statementTimeout: duration('How long a statement may run; 0 is no limit'),
  schema: {
    description: 'The intended schema: a file or folder of SQL, the url of a database, or a command that prints SQL',
    anyOf: [
      text('A path, or a url'),
      {
        type: 'object',
        properties: { command: text('It prints SQL') },
        required: ['command'],
        additionalProperties: false,
      },
      { type: 'object', properties: { url: text('A database') }, required: ['url'], additionalProperties: false },
    ],
  },
  structure: text('A file that keeps the schema of a development database as SQL'),
  ignore: {
    description: 'What a comparison with a database leaves out: patterns of objects, or of kinds of change',
    type: 'array',
    items: { type: 'string', pattern: '\\S' },
    default: [],
  },
  scratch: {
    description: 'Where reviews and proofs run; without it, PostgreSQL in this process',
    anyOf: [text('A url'), { type: 'object', properties: scratch, additionalProperties: false }],
  },
};

/** What `updown.schema.json` holds. The keys and patterns are those by which `parseConfig` reads the file. */
export const configSchema: ValueSchema & { readonly $schema: string; readonly title: string } = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'updown.json',
  description: 'The configuration of updown',
  type: 'object',
  properties,
  additionalProperties: false,
};

export const knownKeys: readonly string[] = Object.keys(properties);

export function isDuration(value: string): boolean {
  return new RegExp(durationPattern).test(value);
}

export const schemaFile = 'updown.schema.json';

export function printConfigSchema(): string {
  return `${JSON.stringify(configSchema, null, 2)}\n`;
}
