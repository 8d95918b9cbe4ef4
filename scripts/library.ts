import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { replaceShapes } from './library-shapes.ts';

/** Writes the types in docs/library.md anew. */
const page = fileURLToPath(new URL('../docs/library.md', import.meta.url));
writeFileSync(page, replaceShapes(readFileSync(page, 'utf8')));
