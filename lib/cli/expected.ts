import { type GivenFile, type Reviewed, readReviewed, readScriptFiles } from '../index.ts';
import type { Call } from './action.ts';
import { usage } from './argv.ts';

/** A digest, or `approved`; or the script, the folder of scripts or the plan that was reviewed. */
export async function readExpected(call: Pick<Call, 'options'>, text: string): Promise<string | Reviewed> {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  if (text === 'approved') return text;
  const files = await readFiles(call, text);
  if (files.length > 0) return readReviewed({ ...call.options, files, name: text });
  if (!/[./\\]/.test(text)) return text;
  const hint = 'Name what --output or `updown plan --json` has written, or a digest.';
  throw usage(`There is no such file or folder, and it is no digest: "${text}"`, undefined, hint);
}

/** A relative path counts from the folder that the command was called in. */
export function readFiles({ options }: Pick<Call, 'options'>, path: string): Promise<readonly GivenFile[]> {
  return readScriptFiles(path, options);
}
