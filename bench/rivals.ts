import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The tools beside which updown is measured, installed for this run alone. */
export interface Rivals {
  /** dbmate's own binary: its npm package would start it through another Node.js process. */
  readonly dbmate: string;
  /** The script that Node.js runs. */
  readonly nodePgMigrate: string;
}

export const versions = { dbmate: '2.36.0', 'node-pg-migrate': '9.0.0', pg: '8.23.1' } as const;

export function installRivals(folder: string): Rivals {
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const names = Object.entries(versions).map(([name, version]) => `${name}@${version}`);
  const flags = ['--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts', '--loglevel=error'];
  const { status, stderr, error } = spawnSync('npm', ['install', ...flags, ...names], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`npm could not install ${names.join(' ')}: ${error?.message ?? stderr}`);
  const modules = join(folder, 'node_modules');
  return {
    dbmate: join(modules, '@dbmate', `${process.platform}-${process.arch}`, 'bin', 'dbmate'),
    nodePgMigrate: join(modules, 'node-pg-migrate', 'bin', 'node-pg-migrate.js'),
  };
}
