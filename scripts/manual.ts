import { readFileSync, writeFileSync } from 'node:fs';
import { findRows } from '../test/support/markdown.ts';
import { manualFile, renderManual } from './manual-page.ts';

// Writes the manual page anew.
const root = new URL('../', import.meta.url);
const exits = findRows(readFileSync(new URL('README.md', root), 'utf8')).filter(([status = '']) =>
  /^\d+$/.test(status),
);
writeFileSync(new URL(manualFile, root), renderManual(exits));
