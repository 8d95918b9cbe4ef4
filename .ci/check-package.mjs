// Reads `npm pack --json` on standard input: the package holds what is built and four files beside, and nothing else.
import { text } from 'node:stream/consumers';

const beside = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'];
const needed = [...beside, 'dist/bin/updown.js', 'dist/lib/index.js', 'dist/lib/index.d.ts'];
const [packed] = JSON.parse(await text(process.stdin));
const paths = packed.files.map((file) => file.path);
const stray = paths.filter((path) => !path.startsWith('dist/') && !beside.includes(path));
const missing = needed.filter((path) => !paths.includes(path));
for (const path of stray) console.error(`The package must not hold ${path}`);
for (const path of missing) console.error(`The package lacks ${path}`);
console.log(`${paths.length} files, ${packed.size} bytes`);
process.exitCode = stray.length + missing.length > 0 ? 1 : 0;
