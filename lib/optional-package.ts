import { UpdownError } from './errors.ts';
import { readPackage } from './version.ts';

/** Packages that only some commands need: an installation may leave them out (`npm install --omit=optional`). */
export type OptionalPackage = '@dagrejs/dagre' | '@electric-sql/pglite' | 'highlight.js';

/**
 * Throws `missing-package` where it is not installed. `purpose` is what needs it, as the subject of a sentence; `otherwise` is a sentence that
 * says how to do without, where that is possible.
 */
export function needPackage(name: OptionalPackage, purpose: string, otherwise?: string): void {
  try {
    import.meta.resolve(name);
  } catch (cause) {
    const { optionalDependencies = {} } = readPackage();
    const install = `Install it where updown is: npm install ${name}@${optionalDependencies[name] ?? 'latest'} (with --global, where updown was).`;
    throw new UpdownError('missing-package', `${purpose} needs the package ${name}, which is not installed`, {
      hint: otherwise === undefined ? install : `${install} ${otherwise}`,
      cause,
    });
  }
}
