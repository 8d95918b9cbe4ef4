import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseConfig } from '../../lib/project/config.ts';
import { configSchema, printConfigSchema, type ValueSchema } from '../../lib/project/config-schema.ts';
import { updown } from '../support/cli.ts';
import { withProject } from '../support/project.ts';

const good: readonly object[] = [
  {},
  { $schema: './node_modules/updown/updown.schema.json', dir: 'db', url: 'pglite:memory', development: true },
  { ledger: { schema: 'log' }, settings: { search_path: 'app', work_mem: 64, row_security: true } },
  { lockTimeout: '5s', statementTimeout: '0', schema: 'schema.sql', structure: 'structure.sql' },
  { schema: { command: 'npm run ddl' }, ignore: ['table a.*'], scratch: 'postgres://localhost/postgres' },
  { destructive: 'approved' },
  { schema: { url: 'pglite:memory' }, scratch: { url: 'postgres://x/y', setup: 's.sql', statementTimeout: '1 min' } },
];

const bad: readonly object[] = [
  { folder: 'x' },
  { $schema: 1 },
  { dir: '' },
  { dir: ['a'] },
  { url: 7 },
  { development: 'yes', url: 'pglite:memory' },
  { destructive: 'asked' },
  { destructive: true },
  { ledger: 'updown' },
  { ledger: { schema: '' } },
  { settings: [] },
  { settings: { work_mem: {} } },
  { lockTimeout: 'soon' },
  { statementTimeout: 5 },
  { schema: { file: 'x' } },
  { schema: { url: 'a', command: 'b' } },
  { ignore: 'table x' },
  { ignore: [' '] },
  { scratch: { host: 'x' } },
  { scratch: { statementTimeout: 'soon' } },
  { scratch: 5 },
];

/** As a validator of JSON Schema would. */
function fits(value: unknown, schema: ValueSchema): boolean {
  const {
    type,
    minLength = 0,
    pattern = '',
    enum: words,
    anyOf,
    items = {},
    properties = {},
    required = [],
    additionalProperties = true,
  } = schema;
  if (anyOf !== undefined && !anyOf.some((one) => fits(value, one))) return false;
  const found = Array.isArray(value) ? 'array' : typeof value;
  if (type !== undefined && found !== type) return false;
  if (words !== undefined && !words.some((word) => word === value)) return false;
  if (typeof value === 'string') return value.length >= minLength && new RegExp(pattern).test(value);
  if (Array.isArray(value)) return value.every((one) => fits(one, items));
  if (found !== 'object') return true;
  const entries = Object.entries(value as object);
  if (required.some((key) => !entries.some(([name]) => name === key))) return false;
  return entries.every(([key, one]) => {
    const own = properties[key] ?? additionalProperties;
    return typeof own === 'boolean' ? own : fits(one, own);
  });
}

function isRead(value: object): boolean {
  try {
    parseConfig(JSON.stringify(value), 'updown.json');
    return true;
  } catch {
    return false;
  }
}

test('what an editor accepts by the description is what is read, and what it marks is refused', () => {
  for (const value of good)
    assert.equal([isRead(value), fits(value, configSchema)], [true, true], JSON.stringify(value));
  for (const value of bad)
    assert.equal([isRead(value), fits(value, configSchema)], [false, false], JSON.stringify(value));
});

test('settings that are accepted apart are accepted together', () => {
  for (const one of good)
    for (const other of good) {
      const value = { ...one, ...other };
      assert.equal([isRead(value), fits(value, configSchema)], [true, true], JSON.stringify(value));
    }
});

test('updown.schema.json is what the sources say: npm run docs:schema', () => {
  const file = readFileSync(new URL('../../updown.schema.json', import.meta.url), 'utf8');
  assert.is(file, printConfigSchema());
});

test('init names the description where the package is installed, also in a folder above', () =>
  withProject({ 'node_modules/updown/updown.schema.json': '{}', 'apps/shop/.keep': '' }, async (cwd) => {
    const read = (file: string) => JSON.parse(readFileSync(`${cwd}/${file}`, 'utf8'));
    await updown(['init', '--bare'], { cwd });
    await updown(['init', '--bare'], { cwd: `${cwd}/apps/shop` });
    assert.is(read('updown.json').$schema, './node_modules/updown/updown.schema.json');
    assert.is(read('apps/shop/updown.json').$schema, '../../node_modules/updown/updown.schema.json');
    assert.is((await updown(['check'], { cwd })).status, 0);
  }));

test.run();
