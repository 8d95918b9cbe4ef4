import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// Loads each TypeScript file of this project from what compile.ts has made of it. Its address stays that of the source.
const root = new URL('../../', import.meta.url).href;
const folder = process.env.UPDOWN_TEST_COMPILED;

export async function load(url, context, next) {
  const [address] = url.split('?');
  if (!address.endsWith('.ts')) return next(url, context);
  const source = address.startsWith(root) ? readCompiled(address) : await compile(address);
  return { format: 'module', shortCircuit: true, source };
}

function readCompiled(address) {
  const path = decodeURIComponent(address.slice(root.length)).replace(/\.ts$/, '.js');
  return readFileSync(`${folder}/${path}`);
}

/** What a test has written. */
async function compile(address) {
  const { transform } = await import('esbuild');
  const { code } = await transform(readFileSync(fileURLToPath(address), 'utf8'), { loader: 'ts', target: 'node20' });
  return code;
}
