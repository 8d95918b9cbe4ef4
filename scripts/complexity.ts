import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Node, type SourceFile, SyntaxKind } from 'typescript/unstable/ast';
import {
  isArrayLiteralExpression,
  isBinaryExpression,
  isBlock,
  isObjectLiteralExpression,
  isPropertyAssignment,
  isReturnStatement,
  isTemplateExpression,
  isVariableDeclaration,
} from 'typescript/unstable/ast/is';
import { API } from 'typescript/unstable/sync';

/** Prints which functions of lib/ are long or decide much, by the compiler's own syntax tree. */
const longest = 60;
const hardest = 12;
const hard = 10;

const root = fileURLToPath(new URL('..', import.meta.url));

/** A function with a body. What stands in a function inside it counts for that one, and its lines for both. */
interface Measured {
  readonly name: string;
  readonly place: string;
  readonly lines: number;
  /** 1, and 1 more for each if, ?:, case, &&, ||, ??, loop and catch. */
  readonly complexity: number;
  /** It does nothing but return one literal. */
  readonly table: boolean;
}

const functionKinds: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.FunctionDeclaration,
  SyntaxKind.FunctionExpression,
  SyntaxKind.ArrowFunction,
  SyntaxKind.MethodDeclaration,
  SyntaxKind.Constructor,
  SyntaxKind.GetAccessor,
  SyntaxKind.SetAccessor,
]);

const decisionKinds: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.IfStatement,
  SyntaxKind.ConditionalExpression,
  SyntaxKind.CaseClause,
  SyntaxKind.ForStatement,
  SyntaxKind.ForInStatement,
  SyntaxKind.ForOfStatement,
  SyntaxKind.WhileStatement,
  SyntaxKind.DoStatement,
  SyntaxKind.CatchClause,
]);

const shortCircuits: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.AmpersandAmpersandToken,
  SyntaxKind.BarBarToken,
  SyntaxKind.QuestionQuestionToken,
  SyntaxKind.AmpersandAmpersandEqualsToken,
  SyntaxKind.BarBarEqualsToken,
  SyntaxKind.QuestionQuestionEqualsToken,
]);

const functions = readSources().flatMap((source) => measureAll(source));
const long = functions.filter(({ lines, table }) => lines > longest && !table);
const complex = functions.filter(({ complexity }) => complexity > hardest);

console.log(`Functions over ${longest} lines that are no table: ${long.length}`);
for (const { lines, place, name } of descending(long, ({ lines }) => lines)) console.log(row(lines, place, name));
console.log(`Functions of a complexity over ${hardest}: ${complex.length}`);
for (const { complexity, place, name } of descending(complex, ({ complexity }) => complexity))
  console.log(row(complexity, place, name));
console.log(
  `Functions of a complexity over ${hard}: ${functions.filter(({ complexity }) => complexity > hard).length} of ${functions.length}`,
);

function readSources(): readonly SourceFile[] {
  const api = new API({ cwd: root });
  try {
    const config = join(root, 'tsconfig.json');
    const project = api.updateSnapshot({ openProjects: [config] }).getProjects()[0]!;
    return project.rootFiles
      .filter((file) => file.startsWith(join(root, 'lib/')))
      .map((file) => project.program.getSourceFile(file)!);
  } finally {
    api.close();
  }
}

function measureAll(source: SourceFile): readonly Measured[] {
  const found: Measured[] = [];
  const visit = (node: Node): void => {
    if (functionKinds.has(node.kind) && bodyOf(node) !== undefined) found.push(measure(node, source));
    node.forEachChild(visit);
  };
  visit(source);
  return found;
}

function measure(node: Node, source: SourceFile): Measured {
  const lineOf = (position: number): number => source.getLineAndCharacterOfPosition(position).line + 1;
  const first = lineOf(node.getStart(source));
  return {
    name: nameOf(node, source),
    place: `${relative(root, source.fileName)}:${first}`,
    lines: lineOf(node.getEnd()) - first + 1,
    complexity: 1 + countDecisions(node),
    table: isTable(node),
  };
}

/** Those of the function itself, not of the functions inside it. */
function countDecisions(node: Node): number {
  let count = 0;
  node.forEachChild((child) => {
    if (!functionKinds.has(child.kind)) count += (decides(child) ? 1 : 0) + countDecisions(child);
  });
  return count;
}

function decides(node: Node): boolean {
  return decisionKinds.has(node.kind) || (isBinaryExpression(node) && shortCircuits.has(node.operatorToken.kind));
}

function isTable(node: Node): boolean {
  const body = bodyOf(node)!;
  const only = isBlock(body) && body.statements.length === 1 ? body.statements[0] : undefined;
  const value = only && isReturnStatement(only) ? only.expression : body;
  return (
    value !== undefined &&
    (isTemplateExpression(value) || isArrayLiteralExpression(value) || isObjectLiteralExpression(value))
  );
}

/** An arrow goes by what it is the value of. */
function nameOf(node: Node, source: SourceFile): string {
  const own = (node as { readonly name?: Node }).name?.getText(source);
  if (own !== undefined) return own;
  if (node.kind === SyntaxKind.Constructor) return 'constructor';
  const { parent } = node;
  return isVariableDeclaration(parent) || isPropertyAssignment(parent) ? parent.name.getText(source) : '(unnamed)';
}

function bodyOf(node: Node): Node | undefined {
  return (node as { readonly body?: Node }).body;
}

function descending(list: readonly Measured[], by: (one: Measured) => number): readonly Measured[] {
  return [...list].sort((a, b) => by(b) - by(a));
}

function row(count: number, place: string, name: string): string {
  return `${String(count).padStart(5)}  ${place} ${name}`;
}
