import { readFileSync } from 'node:fs';

// Loads each TypeScript file of this project from what compile.ts has made of it. Its address stays that of the source.
const root = new URL('../../', import.meta.url).href;
const folder = process.env.UPDOWN_TEST_COMPILED;

export async function load(url, context, next) {
  const [address] = url.split('?');
  if (folder === undefined || !address.startsWith(root) || !address.endsWith('.ts')) return next(url, context);
  const path = decodeURIComponent(address.slice(root.length)).replace(/\.ts$/, '.js');
  return { format: 'module', shortCircuit: true, source: readFileSync(`${folder}/${path}`) };
}
