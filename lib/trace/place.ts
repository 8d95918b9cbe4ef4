import type { Attributes } from './span.ts';

/** Pure. Where a database is, by its url: a host, or a folder with a socket in it; nothing of one within the process. */
export function placeOf(database: string): Attributes {
  const [, host = '', port = ''] = /^postgres:\/\/(?:[^@/]*@)?(.*?):(\d+)\//.exec(database) ?? [];
  if (port === '') return {};
  const folder = /[?&]host=([^&]+)/.exec(database)?.[1];
  const address = host === '' ? folder : host;
  return address === undefined ? {} : { 'server.address': decode(address), 'server.port': Number(port) };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text).replace(/^\[(.*)\]$/, '$1');
  } catch {
    return text;
  }
}
