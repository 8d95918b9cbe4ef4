import { readFileSync } from 'node:fs';

/** This package's version, from the package.json above the sources or above `dist`. */
export function readVersion(): string {
  for (const path of ['../package.json', '../../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
      if (name === 'updown') return version;
    } catch {
      // Not at this depth.
    }
  }
  return '0.0.0';
}
