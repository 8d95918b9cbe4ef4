import kleur from 'kleur';
import type { Said } from './said.ts';

type Paint = (text: string) => string;

/** How one stream shows things: its width, whether it has colour, and what may be drawn on it. */
export interface View {
  readonly width: number;
  readonly unicode: boolean;
  readonly isTerminal: boolean;
  /** The options that a command of a hint needs again, from `readSaid`. */
  readonly said: readonly Said[];
  readonly style: Readonly<Record<'bold' | 'dim' | 'good' | 'bad' | 'warn' | 'id' | 'note', Paint>>;
}

export interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Colour only on a terminal, and never against NO_COLOR; some ptys say they have no columns. */
export function viewOf(stream: Stream, env: Environment, noColor: boolean, said: readonly Said[] = []): View {
  const isTerminal = stream.isTTY === true;
  const colored = !noColor && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb' && (isTerminal || isForced(env));
  const paint = (style: Paint): Paint => (colored ? style : (text) => text);
  kleur.enabled = true;
  return {
    width: stream.columns === undefined || stream.columns < 20 ? 80 : stream.columns,
    unicode: !isAscii(env),
    isTerminal,
    said,
    // Yellow, cyan and white vanish on a light ground, blue and grey on a dark one.
    style: {
      bold: paint(kleur.bold),
      dim: paint(kleur.dim),
      good: paint(kleur.green),
      bad: paint(kleur.red),
      warn: paint(kleur.magenta),
      id: paint(kleur.bold),
      note: paint(kleur.underline),
    },
  };
}

function isForced(env: Environment): boolean {
  return (env.FORCE_COLOR ?? '0') !== '0';
}

/** A locale that says it is not UTF-8; none at all says nothing. */
function isAscii(env: Environment): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return locale !== '' && !/utf-?8/i.test(locale) && locale !== 'C.UTF-8' && /^(C|POSIX)$|\./.test(locale);
}
