import { mkdir, rm, writeFile } from 'node:fs/promises';
import { collectGolden, place } from '../test/golden/corpus.ts';

// Writes the scripts that test/golden compares with. What they hold is read in the diff.
const golden = await collectGolden();
await rm(place, { recursive: true, force: true });
for (const [name, text] of golden) {
  const file = new URL(name, place);
  await mkdir(new URL('.', file), { recursive: true });
  await writeFile(file, text);
}
console.log(`${golden.size} files`);
