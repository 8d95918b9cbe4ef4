import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { parseSync } from 'libpg-query';
import { UpdownError } from '../../lib/errors.ts';
import { clientSettings } from '../../lib/script/psql.ts';
import { closeText } from '../../lib/script/step.ts';
import { inspect } from '../../lib/sql/gate.ts';
import { lex } from '../../lib/sql/lexer.ts';
import { loadParser } from '../../lib/sql/parser.ts';
import { readSql } from '../../lib/sql/read.ts';
import type { Inspected } from '../../lib/sql/source.ts';
import { withDatabase } from '../support/database.ts';
import { withProject } from '../support/project.ts';
import { withProxy } from '../support/proxy.ts';
import { runScript } from '../support/script.ts';

await loadParser();

/** What the gate lets pass, and undefined for what it refuses. */
export function passes(text: string): Inspected | undefined {
  try {
    return inspect(readSql(text, 'up.sql'), { direction: 'up' });
  } catch (error) {
    if (error instanceof UpdownError && error.code === 'input') return undefined;
    throw error;
  }
}

/** Of texts that the gate has let pass: those of which psql sends other statements than a run does, with what differs. */
export async function findMisread(texts: readonly Inspected[]): Promise<readonly string[]> {
  const differences: string[] = [];
  await withProject({}, async (folder) => {
    const trap = join(folder, 'trap');
    const sent = await sendByPsql(texts, trap);
    for (const [index, text] of texts.entries()) {
      const difference = compare(text, sent[index]);
      if (difference !== '') differences.push(`${difference}\n${JSON.stringify(text.source.text)}`);
    }
    if (
      await access(trap).then(
        () => true,
        () => false,
      )
    )
      differences.push('A shell command was run');
  });
  return differences;
}

/** What a text may call a command that it should not run: psql runs it with this folder as its own. */
export const shellTrap = '\\! touch trap';

/** Names that psql has a value for, unless the script unsets them. */
export const variables = ['n', 'm', 'x', 'end', '1', '2', 'é', 'a', 'b'] as const;

const mark = (index: number) => `SELECT 'end of text ${index}'`;

/** The messages psql sends for each text, which stand in a script as a step's do. Nothing is executed: the transaction has failed before. */
async function sendByPsql(texts: readonly Inspected[], trap: string): Promise<readonly (readonly string[])[]> {
  const script = [
    clientSettings,
    '\\set ON_ERROR_STOP off\n',
    ...variables.map((name) => `\\set ${name} '0; SELECT ''a variable'''\n`),
    'BEGIN;\nSELECT 1/0;\n',
    ...texts.map(({ source, terminated, variables: names }, index) => {
      const unset = names.map((name) => `\\unset ${name}\n`).join('');
      return `${unset}-- x/up.sql\n${source.text}${closeText(source.text, terminated)}${mark(index)};\n`;
    }),
  ].join('');
  const sent: string[][] = [[]];
  await withDatabase(({ url }) =>
    withProxy(url, {}, async (proxy) => {
      await runScript(proxy.url, script.replaceAll(shellTrap, `\\! touch ${trap}`));
      for (const { text } of proxy.queries.slice(proxy.queries.findIndex((query) => query.text.includes('1/0')) + 1)) {
        // A comment at the end of a text is sent with what follows it.
        if (tokensOf(text).join(' ') === `${mark(sent.length - 1)} ;`) sent.push([]);
        else sent.at(-1)!.push(text.replaceAll(`\\! touch ${trap}`, shellTrap));
      }
    }),
  );
  return sent;
}

function compare({ source }: Inspected, sent: readonly string[] | undefined): string {
  if (sent === undefined) return 'psql did not see the end of a text before';
  const whole = treesOf(source.text);
  const each = sent.map(treesOf);
  if (each.some((trees) => trees?.some(endsTransaction))) return 'psql ends the transaction';
  if (each.some((trees) => trees?.some(readsFromClient))) return 'psql reads rows';
  if (whole === undefined) {
    const tokens = sent.flatMap(tokensOf).join(' ');
    return tokens.replaceAll(' ;', '') === tokensOf(source.text).join(' ').replaceAll(' ;', '')
      ? ''
      : `psql sends other text:\n${sent.join('\n--\n')}`;
  }
  const same = each.every((trees) => trees !== undefined && trees.length <= 1);
  return same && JSON.stringify(each.flat()) === JSON.stringify(whole)
    ? ''
    : `a run sends ${whole.length} statements, psql:\n${sent.join('\n--\n')}`;
}

/** PostgreSQL's own reading of a text, without places. Undefined where it has none. */
function treesOf(text: string): readonly string[] | undefined {
  try {
    return (parseSync(text.trim() === '' ? ';' : text).stmts ?? []).map(({ stmt }) =>
      JSON.stringify(stmt, (key, value) =>
        /location$|^list_(?:start|end)$|^rexpr_list_/.test(key) ? undefined : value,
      ),
    );
  } catch {
    return undefined;
  }
}

const endsTransaction = (tree: string): boolean =>
  tree.startsWith('{"TransactionStmt"') && !/SAVEPOINT|RELEASE|ROLLBACK_TO/.test(tree);

const readsFromClient = (tree: string): boolean => tree.startsWith('{"CopyStmt"') && !/"filename"/.test(tree);

/** psql leaves out blank lines between the pieces of a string. */
function tokensOf(text: string): readonly string[] {
  return [...lex(text)]
    .filter(({ kind }) => kind !== 'comment')
    .map(({ kind, start, end }) => text.slice(start, end).replace(kind === 'string' ? /\n\n+/g : /$^/, '\n'));
}
