import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { UpdownError } from './errors.ts';
import { packageFolder, readPackage } from './version.ts';

/** Packages that only some commands need: an installation may leave them out (`npm install --omit=optional`). */
export type OptionalPackage =
  | '@dagrejs/dagre'
  | '@electric-sql/pglite'
  | '@supabase/pg-delta'
  | 'highlight.js'
  | TracingPackage;

/** Packages that nothing installs by itself: they are larger than all else together, and few ask for them. */
export type TracingPackage = (typeof tracingPackages)[number];

export const tracingPackages = [
  '@opentelemetry/api',
  '@opentelemetry/sdk-trace',
  '@opentelemetry/resources',
  '@opentelemetry/exporter-trace-otlp-http',
] as const;

/**
 * Throws `missing-package` where it is not installed. `purpose` is what needs it, as the subject of a sentence; `otherwise` is a sentence that
 * says how to do without, where that is possible.
 */
export function needPackage(name: OptionalPackage, purpose: string, otherwise?: string): void {
  needPackages([name], purpose, otherwise);
}

/** The same of several, each of which is needed. */
export function needPackages(names: readonly OptionalPackage[], purpose: string, otherwise?: string): void {
  const missing = names.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const install = `Install it where updown is: ${wordInstall(missing)}.`;
  const what = missing.length === 1 ? 'package' : 'packages';
  const verb = missing.length === 1 ? 'is' : 'are';
  throw new UpdownError(
    'missing-package',
    `${purpose} needs the ${what} ${missing.join(', ')}, which ${verb} not installed`,
    { hint: otherwise === undefined ? install : `${install} ${otherwise}` },
  );
}

/** `npm install --prefix /srv/app highlight.js@11.11.1` */
function wordInstall(names: readonly OptionalPackage[]): string {
  return `${installInto(readPlace())} ${names.map(atItsVersion).join(' ')}`;
}

interface Place {
  /** The folder whose node_modules this package is in, or this package's own; undefined for one that npm keeps for all projects. */
  readonly folder: string | undefined;
  readonly isHere: boolean;
}

/** Where npm put this package: with --global into a folder `lib` (on Windows `npm`) that is no project. */
function readPlace(): Place {
  const own = packageFolder();
  const isInstalledByNpm = basename(dirname(own)) === 'node_modules';
  const folder = isInstalledByNpm ? dirname(dirname(own)) : own;
  const isGlobal = /^(lib|npm)$/.test(basename(folder)) && !existsSync(join(folder, 'package.json'));
  return { folder: isGlobal ? undefined : folder, isHere: resolve('.') === folder };
}

function installInto({ folder, isHere }: Place): string {
  if (folder === undefined) return 'npm install --global';
  return isHere ? 'npm install' : `npm install --prefix ${/\s/.test(folder) ? `"${folder}"` : folder}`;
}

function isInstalled(name: OptionalPackage): boolean {
  try {
    import.meta.resolve(name);
    return true;
  } catch {
    return false;
  }
}

/** The same as a sentence, for what is done without it; undefined where it is installed. */
export function findMissingPackage(name: OptionalPackage, purpose: string): string | undefined {
  if (isInstalled(name)) return undefined;
  return `${purpose} needs the package ${name}, which is not installed: ${wordInstall([name])}`;
}

/** The version that updown's own tests run with. */
function atItsVersion(name: OptionalPackage): string {
  const { optionalDependencies, devDependencies } = readPackage();
  return `${name}@${optionalDependencies?.[name] ?? devDependencies?.[name] ?? 'latest'}`;
}
