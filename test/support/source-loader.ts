/** What makes Node read the project's TypeScript: what was compiled, or else each file as it comes. */
export function sourceLoader(): readonly string[] {
  if (process.env.UPDOWN_TEST_COMPILED === undefined) return ['--import', import.meta.resolve('tsx')];
  const hooks = JSON.stringify(new URL('./load-compiled.mjs', import.meta.url).href);
  const register = `import { register } from 'node:module'; register(${hooks});`;
  return ['--enable-source-maps', '--import', `data:text/javascript,${encodeURIComponent(register)}`];
}
