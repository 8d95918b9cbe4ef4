/**
 * Loaded before the program, with `?below=<folder>&at=<n>`: the process kills itself in front of the n-th call that changes something below the
 * folder. A folder is removed file by file, as the system does it, so that a removal is several calls.
 */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join, sep } from 'node:path';

const { searchParams } = new URL(import.meta.url);
const below = searchParams.get('below') + sep;
let left = Number(searchParams.get('at'));

function count(path) {
  if (!String(path).startsWith(below)) return;
  left -= 1;
  if (left === 0) process.kill(process.pid, 'SIGKILL');
}

const { mkdirSync, openSync, renameSync, rmdirSync, unlinkSync, writeFileSync } = fs;

fs.mkdirSync = (path, ...rest) => {
  if (!fs.existsSync(path)) count(path);
  return mkdirSync(path, ...rest);
};
fs.openSync = (path, flags, ...rest) => {
  if (typeof flags === 'string' && /[wa]/.test(flags)) count(path);
  return openSync(path, flags, ...rest);
};
fs.writeFileSync = (file, ...rest) => {
  // A handle stands for a file that was opened to be written: in front of its text, that is empty.
  if (typeof file === 'number') count(join(below, 'open'));
  else count(file);
  return writeFileSync(file, ...rest);
};
fs.renameSync = (from, to) => {
  count(to);
  return renameSync(from, to);
};
fs.rmSync = (path, options) => {
  const found = fs.lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (found.isDirectory()) for (const name of fs.readdirSync(path)) fs.rmSync(join(path, name), options);
  count(path);
  if (found.isDirectory()) rmdirSync(path);
  else unlinkSync(path);
};
syncBuiltinESMExports();
