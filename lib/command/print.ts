import { UpdownError } from '../errors.ts';
import { printScript } from '../run/print.ts';
import * as bootstrap from '../script/bootstrap.ts';
import type { Annotation, RenderOptions, ScriptFile } from '../script/header.ts';
import type { Script } from '../script/script.ts';
import { sanitizeLine } from '../sql/quote.ts';
import { findUnseen } from '../sql/unseen.ts';
import { readVersion } from '../version.ts';

export interface ScriptForm {
  /** For psql, or for any client, without psql's commands; default `psql`. */
  readonly flavor?: 'psql' | 'plain' | undefined;
  /** For psql: a file a step. */
  readonly split?: boolean | undefined;
  /** Comments by a revision's id, as `annotate` makes them: each stands above its statement. */
  readonly annotations?: Pick<ReadonlyMap<string, Annotation>, 'get'> | undefined;
  /** Who emits it: recorded with each entry. Default: this package's version. */
  readonly tool?: string | undefined;
}

export interface BootstrapForm extends Pick<ScriptForm, 'flavor' | 'tool'> {
  /** Roles that are to migrate with it. */
  readonly grantTo?: readonly string[] | undefined;
}

export function renderScript(
  script: Script,
  { flavor = 'psql', split = false, annotations, tool = readVersion() }: ScriptForm,
): readonly [ScriptFile, ...ScriptFile[]] {
  const options: RenderOptions = { tool, annotations };
  return printScript(script, { flavor, split }, options) as readonly [ScriptFile, ...ScriptFile[]];
}

export function renderBootstrap(
  script: Script,
  { flavor = 'psql', grantTo = [], tool = readVersion() }: BootstrapForm,
): string {
  refuseUnseen(grantTo);
  const render = flavor === 'plain' ? bootstrap.renderPlainBootstrap : bootstrap.renderBootstrap;
  return render(script, { tool, grantTo });
}

/** Nobody who reads the script could tell which role it is. */
function refuseUnseen(roles: readonly string[]): void {
  for (const role of roles) {
    const character = findUnseen(role);
    if (character === undefined) continue;
    throw new UpdownError(
      'usage',
      `"--grant-to" names a role with a character that is not seen, ${character}: "${sanitizeLine(role)}"`,
      { hint: 'Type the name again, without that character.' },
    );
  }
}
