import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type DrawnRevision, drawGraph, drawLegend, type GraphOptions, type Style } from '../../lib/cli/text/graph.ts';
import { displayWidth } from '../../lib/words.ts';
import { computing } from '../support/cpu.ts';

const same = (text: string): string => text;
const plain: Style = {
  applied: same,
  pending: same,
  late: same,
  unknown: same,
  unfinished: same,
  'unknown-state': same,
  id: same,
  badge: same,
  label: same,
  lane: same,
  dim: same,
};
const tags = Object.fromEntries(
  Object.keys(plain).map((name) => [name, (text: string) => `<${name}>${text}</>`]),
) as unknown as Style;
const terminal: GraphOptions = { width: 80, unicode: true, style: plain };

/** `d: b c` is revision d on two parents; what else is to be said of it stands under its name in `more`. */
function dag(text: string, more: Readonly<Record<string, Partial<DrawnRevision>>> = {}): DrawnRevision[] {
  const edges = text
    .split(/[\n;]/)
    .map((line) => line.trim().split(/[:\s]+/))
    .map(([id = '', ...parents]) => ({ id, parents: parents.filter((parent) => parent !== '') }));
  return edges.map(({ id, parents }) => ({
    id,
    parents,
    dependsOn: [],
    labels: [],
    message: '',
    state: 'applied',
    current: false,
    head: false,
    ...more[id],
  }));
}

function dedent(text: string): string[] {
  const lines = text.split('\n').slice(1, -1);
  const margin = Math.min(...lines.map((line) => line.length - line.trimStart().length));
  return lines.map((line) => line.slice(margin));
}

function draws(revisions: readonly DrawnRevision[], picture: string, options: Partial<GraphOptions> = {}): void {
  const drawn = drawGraph(revisions, { ...terminal, ...options });
  assert.is(drawn.join('\n'), dedent(picture).join('\n'));
  if ((options.unicode ?? true) && !picture.includes('…')) traces(revisions, drawn);
}

test('a linear history is one lane and nothing else', () => {
  draws(
    dag('c: b; b: a; a'),
    `
    ●  c
    ●  b
    ●  a
    `,
  );
});

test('a fork ends where both children meet their parent', () => {
  draws(
    dag('d: b; c: b; b: a; a'),
    `
    ●    d
    │ ●  c
    ●─╯  b
    ●    a
    `,
  );
});

test('a fork and its merge take no rows of their own', () => {
  draws(
    dag('e: d; d: b c; c: a; b: a; a'),
    `
    ●    e
    ●─╮  d
    │ ●  c
    ● │  b
    ●─╯  a
    `,
  );
});

test('a revision that is a merge and a fork keeps the two apart: lanes join above it', () => {
  draws(
    dag('g: e f; f: d; e: d; d: b c; c: a; b: a; a'),
    `
    ●─╮  g
    │ ●  f
    ● │  e
    ├─╯
    ●─╮  d
    │ ●  c
    ● │  b
    ●─╯  a
    `,
  );
});

test('a diamond inside a diamond crosses the outer lane and leaves it where it was', () => {
  draws(
    dag('z: y; y: w x; x: a; w: v u; v: t; u: t; t: a; a'),
    `
    ●      z
    ●─╮    y
    │ ●    x
    ●─┼─╮  w
    ● │ │  v
    │ │ ●  u
    ●─┼─╯  t
    ●─╯    a
    `,
  );
});

test('three bases meet in one merge of three parents', () => {
  draws(
    dag('n: m; m: a b c; c; b; a'),
    `
    ●      n
    ●─┬─╮  m
    │ │ ●  c
    │ ●    b
    ●      a
    `,
  );
});

test('an octopus opens five lanes on one row and closes them on another', () => {
  draws(
    dag('m: a b c d e; e: r; d: r; c: r; b: r; a: r; r'),
    `
    ●─┬─┬─┬─╮  m
    │ │ │ │ ●  e
    │ │ │ ● │  d
    │ │ ● │ │  c
    │ ● │ │ │  b
    ● │ │ │ │  a
    ●─┴─┴─┴─╯  r
    `,
  );
});

test('a criss-cross keeps its four edges apart', () => {
  draws(
    dag('d: a b; c: a b; b: r; a: r; r'),
    `
    ●─╮      d
    │ │ ●─╮  c
    │ ●─┼─╯  b
    ●─┼─╯    a
    ●─╯      r
    `,
  );
});

test('a long-lived side branch keeps its lane until it is merged late', () => {
  draws(
    dag('m: h s2; h: g q; q: f; g: f; s2: s1; f: e; e: d; d: c; c: b; s1: b; b: a; a'),
    `
    ●─╮    m
    ●─┼─╮  h
    │ │ ●  q
    ● │ │  g
    │ ● │  s2
    ●─┼─╯  f
    ● │    e
    ● │    d
    ● │    c
    │ ●    s1
    ●─╯    b
    ●      a
    `,
  );
});

test('a free lane between others is used again, on the left if that is nearer', () => {
  draws(
    dag('x: c p q t; p; t: c; q: r s; s: c; r: c; c'),
    `
    ●─┬─┬─╮  x
    │ ● │ │  p
    │   │ ●  t
    │ ╭─● │  q
    │ ● │ │  s
    │ │ ● │  r
    ●─┴─┴─╯  c
    `,
  );
});

test('histories that never meet do not stand one under the other', () => {
  draws(
    dag('a2: a1; a1; b2: b1; b1; c1'),
    `
    ●    a2
    ●    a1
      ●  b2
      ●  b1
    ●    c1
    `,
  );
});

test('a base right above a merge is not drawn over a line that the merge begins', () => {
  draws(
    dag('c: m; r; m: a b; a: x; b: x; x'),
    `
    ●      c
    │ ●    r
    ●───╮  m
    ●   │  a
    │   ●  b
    ●───╯  x
    `,
  );
  draws(
    dag('r; m: a b d; a: x; b: x; d: x; x'),
    `
    ●        r
      ●─┬─╮  m
      ● │ │  a
      │ ● │  b
      │ │ ●  d
      ●─┴─╯  x
    `,
  );
});

test('an edge out of the range ends in a stub below its child', () => {
  draws(
    dag('f: e x; e: d; d: c y; c: b'),
    `
    ●─╮  f
    ● ┊  e
    ●─╮  d
    ● ┊  c
    ┊
    `,
  );
});

test('a head beside stubs is not drawn below them', () => {
  draws(
    dag('m: p q; k: p; i: z'),
    `
    ●─╮      m
    ┊ ┊ ●    k
        ┊ ●  i
          ┊
    `,
  );
});

test('many heads on one parent join early once they would push the text away', () => {
  draws(
    dag('h1: r; h2: r; h3: r; h4: r; h5: r; h6: r; h7: r; h8: r; r'),
    `
    ●            h1
    │ ●          h2
    │ │ ●        h3
    │ │ │ ●      h4
    │ │ │ │ ●    h5
    │ │ │ │ │ ●  h6
    ├─┴─┴─┴─┴─╯
    │ ●          h7
    │ │ ●        h8
    ●─┴─╯        r
    `,
    { width: 40 },
  );
});

test('states have marks of their own, badges and labels are words, a dependency is a note and no lane', () => {
  draws(
    dag('5cd038a8f131: 8f1e; 77ab: 8f1e; 8f1e: 12fd; 12fd: 0a0a; 0a0a', {
      '5cd038a8f131': { state: 'pending', head: true, message: 'add invoices', dependsOn: ['77ab', '0a0a'] },
      '77ab': { state: 'late', head: true, labels: ['billing', 'eu'], message: 'tax rates' },
      '8f1e': { current: true, message: 'split the customer name' },
      '12fd': { state: 'unfinished', message: 'index orders' },
      '0a0a': { state: 'unknown-state', labels: ['core'] },
    }),
    `
    ○    5cd038a8f131 (head) add invoices needs 77ab, 0a0a
    │ ◆  77ab (head) [billing, eu] tax rates
    ●─╯  8f1e (current) split the customer name
    ◐    12fd index orders
    •    0a0a [core]
    `,
  );
});

test('ASCII draws the same picture: + where lanes join, | where they pass', () => {
  const states: Readonly<Record<string, Partial<DrawnRevision>>> = {
    z: { state: 'pending' },
    x: { state: 'late' },
    w: { state: 'unfinished' },
    a: { state: 'unknown-state' },
  };
  draws(
    dag('z: y; y: w x; x: a; w: v u; v: t; u: t; t: a q; a: b', states),
    `
    o      z
    *-.    y
    | !    x
    x-|-.  w
    * | |  v
    | | *  u
    +-|-'
    *-|-.  t
    #-' :  a
    :
    `,
    { unicode: false },
  );
});

test('at 40 columns the message gives way first, then what stands at the end', () => {
  const message = 'give every customer a billing address of their own';
  draws(
    dag('d4f0a1b2c3d4: b; c: b; b: a; a', {
      d4f0a1b2c3d4: { head: true, message },
      c: { message, dependsOn: ['5cd038a8f131'] },
      b: { message: 'short', dependsOn: ['5cd038a8f131', '77ab38a8f131'] },
      a: { message, labels: ['a-label-that-is-far-too-long-for-this'] },
    }),
    `
    ●    d4f0a1b2c3d4 (head) give every cus…
    │ ●  c give every cu… needs 5cd038a8f131
    ●─╯  b short needs 5cd038a8f131, 77ab38…
    ●    a [a-label-that-is-far-too-long-fo…
    `,
    { width: 40 },
  );
});

test('wide characters count two columns, and none is cut in half', () => {
  draws(
    dag('a: b; b: c; c: d; d', {
      a: { message: '請求書テーブルを追加する' },
      b: { message: 'x請求書テーブルを追加する' },
      c: { message: '👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦' },
      d: {
        message:
          'e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301',
      },
    }),
    `
    ●  a 請求書テーブル…
    ●  b x請求書テーブ…
    ●  c 👩‍👩‍👧‍👦…
    ●  d e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301…
    `,
    { width: 20 },
  );
});

test('F66: control characters in ids, labels and messages do not reach the terminal', () => {
  const [line = ''] = drawGraph(
    dag('a', {
      a: { id: 'a\u001b[2K', labels: ['l\r'], message: 'm\u001b]0;x\u0007\n\u202e', dependsOn: ['\u009b1m'] },
    }),
    terminal,
  );
  assert.not.match(line, /[\p{Cc}\u202e]/u);
  assert.match(line, 'a\\x1b[2K');
});

test('more lanes than half the width are cut, the mark and twenty columns of text are not', () => {
  const heads = Array.from({ length: 20 }, (_, n) => `h${n}: r${n}`);
  const roots = Array.from({ length: 20 }, (_, n) => `r${n}`);
  const message = 'a message that has to be cut';
  const revisions = dag([...heads, ...roots].join(';')).map((revision) => ({ ...revision, message }));
  const drawn = drawGraph(revisions, { ...terminal, width: 40 });
  assert.is(drawn[5], '│ │ │ │ │ ●  h5 a message that has to b…');
  assert.is(drawn[19], '│ │ │ │ │ │ │…●  h19 a message that has…');
  assert.is(drawn[20], '● │ │ │ │ │ │…  r0 a message that has t…');
});

test('colours wrap whole words and leave nothing open where the line is cut', () => {
  const revisions = dag('b: a; a', { b: { state: 'pending', head: true, labels: ['core'], message: 'hello' } });
  assert.equal(drawGraph(revisions, { ...terminal, style: tags }), [
    '<pending>○</>  <id>b</> <badge>(head)</> <label>[core]</> hello',
    '<applied>●</>  <id>a</>',
  ]);
  assert.is(
    drawGraph(revisions, { ...terminal, width: 12, style: tags })[0],
    '<pending>○</>  <id>b</> <badge>(head)</>…',
  );
});

test('the legend explains the marks there are, in one order', () => {
  assert.is(drawLegend(['late', 'applied', 'late'], terminal), '● applied  ◆ late');
  assert.is(
    drawLegend(['unfinished', 'late', 'pending', 'applied'], { unicode: false, style: plain }),
    '* applied  o pending  ! late  x unfinished',
  );
  assert.is(drawLegend(['unknown-state'], terminal), '• no database asked');
  assert.is(drawLegend([], terminal), '');
});

test('no revisions are no lines', () => {
  assert.equal(drawGraph([], terminal), []);
});

test('in random graphs the lines lead from every revision to its parents and to nothing else', () => {
  let cut = 0;
  for (let seed = 1; seed <= 600; seed++) {
    const revisions = randomDag(seed);
    const width = [40, 60, 80, 120][seed % 4] ?? 80;
    const drawn = drawGraph(revisions, { ...terminal, width });
    if (drawn.some((line) => /^[^\w]*…/.test(line))) cut++;
    else traces(revisions, drawn, `seed ${seed}`);
  }
  assert.ok(cut < 20, `${cut} pictures had too many lanes to be traced`);
});

test('in random graphs no line is wider than the terminal, and every revision has one line', () => {
  for (let seed = 1; seed <= 150; seed++) {
    const revisions = randomDag(seed, 40).map((revision, n) => ({
      ...revision,
      message: '長い 👍 message '.repeat(n % 9),
    }));
    for (const unicode of [true, false]) {
      const width = 24 + (seed % 60);
      const drawn = drawGraph(revisions, { ...terminal, unicode, width });
      for (const line of drawn) {
        assert.ok(displayWidth(line) <= width, `seed ${seed}: "${line}" is wider than ${width}`);
        assert.is(line, line.trimEnd());
      }
      const shown = drawn.flatMap((line) => /(?:^|\s)(r\d+)/.exec(line)?.[1] ?? []);
      assert.equal(
        shown,
        revisions.map(({ id }) => id),
        `seed ${seed}`,
      );
    }
  }
});

test('ASCII is the unicode picture, glyph by glyph', () => {
  const glyphs: Readonly<Record<string, string>> = Object.fromEntries(
    [..."│|┊:─-├+┼|╮.╭.┬.╯'┴'●*"]
      .join('')
      .match(/../g)
      ?.map((pair) => [...pair]) ?? [],
  );
  for (let seed = 1; seed <= 100; seed++) {
    const revisions = randomDag(seed, 12);
    const translated = drawGraph(revisions, { ...terminal, width: 120 }).map((line) =>
      line.replace(/[│┊─├┼╮╭┬╯┴●]/g, (glyph) => glyphs[glyph] ?? '?'),
    );
    assert.equal(drawGraph(revisions, { ...terminal, width: 120, unicode: false }), translated);
  }
});

test('a thousand revisions in a line and five thousand with merges are drawn at once', async () => {
  const line = dag(Array.from({ length: 1000 }, (_, n) => `r${999 - n}: ${n === 999 ? '' : `r${998 - n}`}`).join(';'));
  const web = randomDag(7, 5000);
  assert.ok((await milliseconds(() => drawGraph(line, terminal))) < 50, 'a thousand took too long');
  assert.ok((await milliseconds(() => drawGraph(web, terminal))) < 1000, 'five thousand took too long');
});

/** The best of three: the first ones pay for the compiler. */
async function milliseconds(work: () => void): Promise<number> {
  const times = [await computing(work), await computing(work), await computing(work)];
  return Math.min(...times);
}

/** Revisions r0, r1 ... newest first; parents near or far, some of them not shown, some revisions heads or bases. */
function randomDag(seed: number, size: number = 4 + (seed % 30)): DrawnRevision[] {
  const random = randomNumbers(seed);
  const near = 2 + (seed % 5);
  const lines = Array.from({ length: size }, (_, n) => {
    const count = random() < 0.1 ? 0 : random() < 0.7 ? 1 : random() < 0.7 ? 2 : 3 + Math.floor(random() * 2);
    const parents = Array.from({ length: count }, () => n + 1 + Math.floor(random() * (random() < 0.1 ? size : near)));
    return `r${n}: ${parents.map((parent) => `r${parent}`).join(' ')}`;
  });
  return dag(lines.join(';'));
}

/** mulberry32: small, seeded, the same everywhere. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

type Heading = 'up' | 'down' | 'left' | 'right';

const marks = [...'●○◆◐•'];

/** Which ways each glyph has an end. */
const ends: Readonly<Record<string, readonly Heading[]>> = {
  '│': ['up', 'down'],
  '┊': ['up'],
  '─': ['left', 'right'],
  '╮': ['left', 'down'],
  '╭': ['right', 'down'],
  '╯': ['left', 'up'],
  '╰': ['right', 'up'],
  '├': ['up', 'down', 'right'],
  '┤': ['up', 'down', 'left'],
  '┬': ['left', 'right', 'down'],
  '┴': ['left', 'right', 'up'],
  '┼': ['up', 'down', 'left', 'right'],
};
const opposite: Readonly<Record<Heading, Heading>> = { up: 'down', down: 'up', left: 'right', right: 'left' };

/** Reads a picture back: what is reached by following lines from a mark, never upwards, must be exactly its parents. */
function traces(revisions: readonly DrawnRevision[], drawn: readonly string[], note = ''): void {
  const grid = drawn.map((line) => [...(/^[^\w]*/.exec(line)?.[0] ?? '')]);
  const ids = drawn.map((line) => /^[^\w]*([\w]+)/.exec(line)?.[1]);
  const picture = `${note}\n${drawn.join('\n')}`;
  const shown = new Set(revisions.map(({ id }) => id));
  const seen = new Set<string>();
  assert.equal(
    ids.filter((id) => id !== undefined),
    revisions.map(({ id }) => id),
    picture,
  );
  for (const { id, parents } of revisions) {
    const reached = follow(grid, ids, ids.indexOf(id), seen);
    const expected = [...new Set(parents)];
    assert.equal(
      reached.revisions.sort(),
      expected.filter((parent) => shown.has(parent)).sort(),
      `${id} in ${picture}`,
    );
    assert.is(reached.stubs, expected.filter((parent) => !shown.has(parent)).length, `stubs of ${id} in ${picture}`);
  }
  for (const [row, line] of grid.entries())
    for (const [column, glyph] of line.entries())
      if (glyph in ends) {
        assert.ok(seen.has(`${row} ${column}`), `stray ${glyph} in row ${row} of ${picture}`);
        const above = grid[row - 1]?.[column] ?? ' ';
        const seemsJoined = '╭╮┬'.includes(glyph) && marks.includes(above);
        assert.not(seemsJoined, `${above} seems to lead to ${glyph} in row ${row} of ${picture}`);
      }
}

function follow(
  grid: readonly (readonly string[])[],
  ids: readonly (string | undefined)[],
  start: number,
  seen: Set<string>,
): { revisions: string[]; stubs: number } {
  const revisions = new Set<string>();
  const stubs = new Set<string>();
  const step = (row: number, column: number, heading: Heading, isFirst: boolean): void => {
    const [nextRow, nextColumn] =
      heading === 'down' ? [row + 1, column] : [row, column + (heading === 'left' ? -1 : 1)];
    const glyph = grid[nextRow]?.[nextColumn] ?? ' ';
    const place = `${nextRow} ${nextColumn}`;
    if (marks.includes(glyph)) revisions.add(ids[nextRow] ?? '');
    else if (ends[glyph]?.includes(opposite[heading])) {
      seen.add(place);
      if (glyph === '┊') stubs.add(place);
      for (const exit of exits(glyph, heading)) step(nextRow, nextColumn, exit, false);
    } else assert.ok(isFirst, `a line breaks off at ${place} in\n${grid.map((line) => line.join('')).join('\n')}`);
  };
  const mark = grid[start]?.findIndex((glyph) => marks.includes(glyph)) ?? -1;
  for (const heading of ['down', 'left', 'right'] as const) step(start, mark, heading, true);
  return { revisions: [...revisions], stubs: stubs.size };
}

/** Lines that cross go straight on; no line goes up again. */
function exits(glyph: string, heading: Heading): readonly Heading[] {
  if (glyph === '┼') return [heading];
  return (ends[glyph] ?? []).filter((exit) => exit !== 'up' && exit !== opposite[heading]);
}

test.run();
