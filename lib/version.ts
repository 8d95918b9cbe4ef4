import { readFileSync } from 'node:fs';

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

/** This package's package.json, which stands above the sources or above `dist`. */
export function readPackage(): Package {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const found: Package = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
      if (found.name === 'updown') return found;
    } catch {
      // Not at this depth.
    }
  }
  return { version: '0.0.0' };
}
