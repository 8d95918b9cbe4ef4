import type { Random } from '../chaos/random.ts';
import { shellTrap, variables } from './psql-reading.ts';

/** Texts of statements that are nearly right, with all that psql and the server could read differently in them. */
export function makeSoup(random: Random): string {
  const pick = <T>(all: readonly T[]): T => all[random.between(0, all.length - 1)]!;
  const some = (low: number, high: number, make: () => string, between: string) =>
    Array.from({ length: random.between(low, high) }, make).join(between);
  const chance = (share: number) => random.next() < share;

  function gap(): string {
    return chance(0.7)
      ? pick([' ', ' ', '\n', '\t', ' \n '])
      : pick([
          '\f',
          '\r',
          " -- c;'\n",
          "/* ;' */",
          '/* /* */ " */',
          '-- $$\n',
          '\n\n',
          '\r\n',
          '\n-- x\n\r',
          '',
          '\v',
          '\u00a0',
          ' \\',
          '--\r',
        ]);
  }

  function inside(): string {
    return some(
      0,
      4,
      () =>
        pick([
          'a',
          'b',
          ' ',
          ';',
          "''",
          '\\',
          '\\\\',
          "\\'",
          '--',
          '/*',
          '$$',
          '"',
          ':n',
          '\n',
          `${shellTrap} `,
          'é',
          'end',
        ]),
      '',
    );
  }

  function string(): string {
    const prefix = pick(['', '', 'E', 'e', 'E', 'U&', 'N', 'B', 'X']);
    const pieces = chance(0.35) ? random.between(2, 3) : 1;
    const joints = ['\n', ' \n', '\n\n  ', ' -- c\n', '\r', '\n\r', '\r\n', "\n-- c'\n"];
    const body = /[bx]/i.test(prefix) ? () => pick(['0', '01', '']) : inside;
    return prefix + some(pieces, pieces, () => `'${body()}'`, pick(joints));
  }

  const word = () =>
    pick([
      'a',
      'b',
      't',
      'begin',
      'end',
      'case',
      'atomic',
      'END',
      'Begin',
      'from',
      'é',
      'n',
      'x1',
      'a$1',
      'create',
      'function',
    ]);
  const name = () =>
    chance(0.3) ? pick(['"a;b"', '"end"', '"x""y"', 'U&"\\0061"', '"a\nb"', '"\\"', '":n"']) : word();
  const variable = () => pick(variables);

  function value(depth: number): string {
    const nested = () => (depth > 2 ? name() : value(depth + 1));
    return pick<() => string>([
      string,
      string,
      name,
      () => `t.${name()}`,
      () => pick(['1', '1.5', '.5', '1_000', '0x1F', '1e5', '1begin', '1end', '$1', '2.']),
      () => `${name()}[${pick(['1', name(), nested()])}:${gap()}${variable()}]`,
      () =>
        `${name()}[${pick(['1', ''])}:${pick([variable(), `"${variable()}"`, `'${variable()}'`, `{?${variable()}}`, '"a b"'])}]`,
      () => `JSON_OBJECT('k'${pick(['', ' '])}:${pick([variable(), `'${variable()}'`, `"${variable()}"`, ' 1'])})`,
      () =>
        `(${nested()}${gap()}${pick(['+', '-', '||', '/', '@>', '<>-', '=', '?|', '*', '->>'])}${gap()}${nested()})`,
      () => `CASE WHEN ${nested()}${gap()}THEN ${nested()}${gap()}END`,
      () => `${nested()}::${pick(['int', 'text', 'a."end"'])}`,
      () => `f(${nested()},${gap()}x ${pick(['=>', ':='])} ${nested()})`,
      () => `(SELECT ${nested()} AS ${name()})`,
      () => pick(["$$ ; ' $$", '$a$ $$ ; $a$', '$é$ " $é$', '$$\n\\! $a$\n$$', '$1$']),
    ])();
  }

  function select(): string {
    const label = () => (chance(0.4) ? `${gap()}${pick(['AS ', ''])}${name()}` : '');
    return `SELECT${gap()}${some(1, 3, () => `${value(0)}${label()}`, `,${gap()}`)}${chance(0.3) ? `${gap()}FROM t${gap()}WHERE ${value(1)}` : ''}`;
  }

  function routine(): string {
    const head = `${pick(['CREATE', 'create', 'Create', 'CREATE/**/'])}${gap()}${pick(['', 'OR REPLACE ', 'or -- x\nreplace '])}`;
    const what = pick([
      `FUNCTION${gap()}f(${pick(['', 'a int DEFAULT (1)', '"end" text'])}) RETURNS int`,
      'PROCEDURE p()',
      'FUNCTION f() RETURNS begin',
    ]);
    const body = pick<() => string>([
      () =>
        `BEGIN${gap()}ATOMIC${gap()}${some(0, 3, () => `${select()}${gap()};`, gap())}${gap()}${pick(['END', 'END', 'end', ''])}`,
      () => `RETURN ${value(0)}`,
      () => `LANGUAGE sql AS ${pick(['$$ SELECT 1; $$', "'SELECT 1; SELECT ''a'''", '$b$ BEGIN ATOMIC; END; $b$'])}`,
    ])();
    return `${head}${what}${gap()}${body}`;
  }

  function statement(): string {
    return pick<() => string>([
      select,
      select,
      select,
      routine,
      routine,
      () => `CREATE RULE r AS ON INSERT TO t DO ALSO (${some(1, 2, select, ';')})`,
      () => `COMMENT ON TABLE ${name()} IS${gap()}${string()}`,
      () => `CREATE TABLE ${name()} (${pick(['begin atomic', 'a int', '"end" int, c atomic'])})`,
      () => `DO${gap()}${pick(['$$ BEGIN END; $$', "'BEGIN NULL; END'", '$x$ BEGIN $$;$$ END $x$'])}`,
      () =>
        pick([
          'COPY t FROM STDIN',
          "COPY t FROM 'f'",
          'COPY t (a) TO STDOUT',
          'COMMIT',
          'END',
          'SAVEPOINT a',
          shellTrap,
          'BEGIN ATOMIC',
          '',
          ';',
        ]),
      () => `CREATE SCHEMA s ${routine()}`,
      () => `INSERT INTO t VALUES (${value(0)})${gap()}RETURNING ${name()}`,
    ])();
  }

  function spoil(text: string): string {
    const at = random.between(0, text.length);
    const more = pick([
      "'",
      '"',
      '\\',
      '$$',
      '(',
      ')',
      ';',
      ':',
      '\n',
      "E'",
      '--',
      '/*',
      '*/',
      ' end ',
      ' begin ',
      'x',
      '\r',
      '$',
      '1',
      ':{?n}',
      "\\'",
    ]);
    return chance(0.5)
      ? text.slice(0, at) + more + text.slice(at)
      : text.slice(0, at) + text.slice(at + random.between(1, 3));
  }

  let text = some(1, 3, statement, `;${gap()}`) + pick([';', ';', '', '; -- end', ' -- end']);
  while (chance(0.25)) text = spoil(text);
  return `${chance(0.35) ? '-- updown: unparsed\n' : ''}${text}`;
}
