// Reads `npm pack --json` on standard input: the package holds what is built, the pages that its README links to, and some files beside,
// and nothing else.
import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { text } from 'node:stream/consumers';

const beside = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json', 'updown.1', 'updown.schema.json'];
const needed = [...beside, 'dist/bin/updown.js', 'dist/lib/index.js', 'dist/lib/index.d.ts'];
const mostBytes = 1_250_000;
const [packed] = JSON.parse(await text(process.stdin));
const paths = packed.files.map((file) => file.path);
const isOurs = (path) => path.startsWith('dist/') || /^docs\/[\w/-]+\.md$/.test(path) || beside.includes(path);
const complaints = [
  ...paths.filter((path) => !isOurs(path)).map((path) => `The package must not hold ${path}`),
  ...needed.filter((path) => !paths.includes(path)).map((path) => `The package lacks ${path}`),
  ...paths.filter((path) => path.endsWith('.md')).flatMap(findDeadLinks),
  ...(packed.size > mostBytes ? [`The package has ${packed.size} bytes, more than ${mostBytes}`] : []),
];
for (const complaint of complaints) console.error(complaint);
console.log(`${paths.length} files, ${packed.size} bytes`);
process.exitCode = complaints.length > 0 ? 1 : 0;

/** What a page links to must be in the package too; a picture only in the repository, where the page is read with it. */
function findDeadLinks(path) {
  const targets = Array.from(readFileSync(path, 'utf8').matchAll(/\]\((?!\w+:|#)([^)#\s]+)/g), ([, target]) => target);
  return targets
    .map((target) => posix.join(posix.dirname(path), target))
    .filter((target) => !(target.endsWith('.png') ? existsSync(target) : paths.includes(target)))
    .map((target) => `${path} links to ${target}, which the package lacks`);
}
