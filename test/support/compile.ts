import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Compiles all of the project's sources at once: each process of a test file would spend half a second of its own on that. */
export async function compileSources(folder: string): Promise<void> {
  const found = await Promise.all(['bin', 'lib', 'test', 'scripts', 'bench'].map(listSources));
  await build({
    absWorkingDir: root,
    entryPoints: found.flat(),
    outbase: '.',
    outdir: folder,
    bundle: false,
    format: 'esm',
    target: 'node20',
    sourcemap: 'inline',
    sourcesContent: false,
    logLevel: 'error',
  });
  process.env.UPDOWN_TEST_COMPILED = folder;
}

async function listSources(folder: string): Promise<readonly string[]> {
  const entries = await readdir(join(root, folder), { recursive: true });
  return entries.filter((name) => name.endsWith('.ts')).map((name) => `${folder}/${name}`);
}
