import { html, type Markup, trusted } from './markup.ts';
import { css } from './style.ts';

interface Document {
  readonly title: Markup;
  readonly body: Markup;
  /** Of the body, for the styles. */
  readonly kind?: string | undefined;
  /** What the policy allows beside styles and the page's own picture: a script by its hash. */
  readonly script?: string | undefined;
}

/** A page that needs nothing else, and no network: its policy forbids that, should anything slip through. */
export function printDocument({ title, body, kind, script }: Document): string {
  const scripts = script === undefined ? '' : `; script-src '${script}'`;
  return `${
    html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:${trusted(scripts)}">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${trusted(css)}</style>
</head>
<body${kind === undefined ? undefined : html` class="${kind}"`}>
${body}
</body>
</html>
`.markup
  }`;
}
