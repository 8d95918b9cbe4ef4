import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const index = fileURLToPath(new URL('../lib/index.ts', import.meta.url));

/** What is handed from one function to another, and whose inside is not for callers. */
const opaque: readonly string[] = [
  ...['Annotation', 'Block', 'Graph', 'Plan', 'Project', 'Reviewed', 'Script', 'ScriptStep', 'Step'],
  // docs/review.md says what a review holds.
  ...['Effects', 'MeasuredStatement', 'MeasuredStep', 'Rule'],
];

/** Between these two the page holds the types. */
const begin = '<!-- types: npm run docs:library writes them -->\n';
const end = '<!-- end of types -->\n';

export function replaceShapes(page: string): string {
  return `${page.slice(0, page.indexOf(begin))}${begin}\n${printShapes()}\n${page.slice(page.indexOf(end))}`;
}

/** A name, and the file that declares it. */
interface Named {
  readonly name: string;
  readonly file: string;
}

/** Every type that lib/index.ts exports, and every one that these name, as the sources declare them. */
function printShapes(): string {
  const sources = createSources();
  const found = new Map<string, string>();
  const waiting: Named[] = [...sources(index).named].map(([name, file]) => ({ name, file }));
  for (const { name, file } of waiting) {
    if (opaque.includes(name)) continue;
    const source = sources(file);
    const text = source.declared.get(name);
    if (text === undefined || found.has(name)) continue;
    found.set(name, text);
    for (const other of namesIn(text)) waiting.push({ name: other, file: source.named.get(other) ?? file });
  }
  const texts = [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text);
  return `\`\`\`ts\n${texts.join('\n')}\`\`\`\n`;
}

interface Source {
  /** Declarations of types by name, each with its comment. */
  readonly declared: ReadonlyMap<string, string>;
  /** What it imports or exports of other files: the file by name. */
  readonly named: ReadonlyMap<string, string>;
}

function createSources(): (file: string) => Source {
  const known = new Map<string, Source>();
  return (file) => {
    const source = known.get(file) ?? readSource(file);
    known.set(file, source);
    return source;
  };
}

function readSource(file: string): Source {
  const text = readFileSync(file, 'utf8');
  const declared = Array.from(text.matchAll(declaration), ([whole, name = '']) => [name, `${whole}\n`] as const);
  const named = Array.from(text.matchAll(/^(?:import|export) (?:type )?\{([^}]*)\} from '(\.[^']*)'/gm)).flatMap(
    ([, names = '', path = '']) =>
      names.split(',').map((name) => [name.replace(/\btype\b/, '').trim(), join(dirname(file), path)] as const),
  );
  return { declared: new Map(declared), named: new Map(named) };
}

/** As Biome lays them out: an interface ends with a brace at the margin, a type with the first semicolon that ends a line there. */
const declaration =
  /^(?:\/\*\*(?:(?!\*\/)[\s\S])*?\*\/\n)?export (?:interface|type) (\w+)(?:(?: extends [^{]+)? \{(?:\n(?:(?: .*)?\n)*?)?\}| =(?:[^\n]*;|\n(?: .*\n)*? .*;))(?=\n(?:\n|[^ ]|$))/gm;

function namesIn(text: string): readonly string[] {
  const code = text.replace(/\/\*\*[\s\S]*?\*\//g, '');
  return [...new Set(Array.from(code.matchAll(/\b[A-Z]\w+/g), ([name]) => name))];
}
