// Its own types bring those of a browser with them, and then any file may name `document`.
declare module 'highlight.js/lib/core' {
  const core: {
    registerLanguage(name: string, language: unknown): void;
    highlight(text: string, options: { language: string; ignoreIllegals: boolean }): { readonly value: string };
  };
  export default core;
}

declare module 'highlight.js/lib/languages/pgsql' {
  const language: unknown;
  export default language;
}
