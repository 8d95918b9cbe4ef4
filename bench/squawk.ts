import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

export const squawkVersion = '2.66.0';

/** Rules of style, and those that ask for settings which a runner sets for every file: no statement of the set is judged by them. */
export const styleRules: readonly string[] = [
  'ban-char-field',
  'identifier-too-long',
  'prefer-big-int',
  'prefer-bigint-over-int',
  'prefer-bigint-over-smallint',
  'prefer-identity',
  'prefer-repack',
  'prefer-robust-stmts',
  'prefer-text-field',
  'prefer-timestamp-tz',
  'require-lock-timeout',
  'require-statement-timeout',
  'require-timeout-settings',
  'require-table-schema',
];

export interface SquawkFile {
  readonly text: string;
  readonly inTransaction: boolean;
}

/** The names of the rules that each of these files breaks, style left out. Installed for this run alone. */
export function runSquawk(folder: string, files: readonly SquawkFile[]): readonly (readonly string[])[] {
  const program = install(folder);
  const found = files.map(() => new Set<string>());
  for (const inTransaction of [true, false]) {
    const places = files.flatMap((file, index) => (file.inTransaction === inTransaction ? [index] : []));
    const sql = join(folder, inTransaction ? 'inside' : 'outside');
    mkdirSync(sql);
    for (const index of places) writeFileSync(join(sql, `${index}.sql`), `${files[index]?.text};\n`);
    const flags = ['--pg-version', '15.0', ...(inTransaction ? ['--assume-in-transaction'] : []), '--reporter', 'json'];
    const { stdout, stderr, error } = spawnSync(program, [...flags, ...places.map((index) => `${index}.sql`)], {
      cwd: sql,
      encoding: 'utf8',
      maxBuffer: 64_000_000,
    });
    if (!stdout.startsWith('[')) throw new Error(`squawk said no JSON: ${error?.message ?? stderr}`);
    for (const { file, rule_name: rule } of JSON.parse(stdout) as readonly { file: string; rule_name: string }[])
      if (!styleRules.includes(rule)) found[Number(basename(file, '.sql'))]?.add(rule);
  }
  return found.map((rules) => [...rules].sort());
}

function install(folder: string): string {
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const flags = ['--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts', '--loglevel=error'];
  const { status, stderr, error } = spawnSync('npm', ['install', ...flags, `squawk-cli@${squawkVersion}`], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`npm could not install squawk-cli@${squawkVersion}: ${error?.message ?? stderr}`);
  return join(folder, 'node_modules', '.bin', 'squawk');
}
