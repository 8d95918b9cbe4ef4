import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What is read of package.json. */
export interface Package {
  readonly name?: string;
  readonly version: string;
  /** The exact version of each. */
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/** This package's version. */
export function readVersion(): string {
  return readPackage().version;
}

/** This package's package.json. */
export function readPackage(): Package {
  return find()?.found ?? { version: '0.0.0' };
}

/** The folder that it is in. */
export function packageFolder(): string {
  return dirname(find()?.file ?? fileURLToPath(import.meta.url));
}

/** It stands above the sources or above `dist`. */
function find(): { readonly file: string; readonly found: Package } | undefined {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const file = fileURLToPath(new URL(path, import.meta.url));
      const found: Package = JSON.parse(readFileSync(file, 'utf8'));
      if (found.name === 'updown') return { file, found };
    } catch {
      // Not at this depth.
    }
  }
  return undefined;
}
