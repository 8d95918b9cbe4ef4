import type { Node } from '../sql/parser.ts';
import type { MeasuredStatement } from './measured.ts';
import { parseLoosely } from './parsed.ts';

export interface Asked {
  /** IF NOT EXISTS */
  readonly mayExist: boolean;
  /** OR REPLACE */
  readonly replaces: boolean;
  /** IF EXISTS */
  readonly mayLack: boolean;
  readonly cascades: boolean;
}

export function askOf({ text }: MeasuredStatement): Asked {
  const asked = (parseLoosely(text) ?? []).flatMap(optionsIn);
  const has = (key: string, value: unknown = true) => asked.some((fields) => fields[key] === value);
  return {
    mayExist:
      has('if_not_exists') ||
      asked.some(({ subtype, missing_ok }) => subtype === 'AT_AddColumn' && missing_ok === true),
    replaces: has('replace'),
    mayLack: asked.some(({ subtype, missing_ok }) => subtype !== 'AT_AddColumn' && missing_ok === true),
    cascades: has('behavior', 'DROP_CASCADE'),
  };
}

/** The fields of a statement and of the actions of an ALTER TABLE. */
function optionsIn(node: Node): readonly Readonly<Record<string, unknown>>[] {
  const fields = Object.values(node) as unknown as readonly Readonly<Record<string, unknown>>[];
  const actions = 'AlterTableStmt' in node ? (node.AlterTableStmt.cmds ?? []) : [];
  return [
    ...fields,
    ...actions.flatMap((one) =>
      'AlterTableCmd' in one ? [one.AlterTableCmd as Readonly<Record<string, unknown>>] : [],
    ),
  ];
}
