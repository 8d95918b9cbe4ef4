import { isIP } from 'node:net';
import { UpdownError } from '../errors.ts';
import type { Machine } from './machine.ts';
import type { Parameter } from './parameter.ts';
import { badSetting, readText, type Settings } from './setting.ts';
import type { Host } from './target.ts';

/** As many hosts as addresses are listed, or else names, in order; one port goes for all. */
export function parseHosts(settings: Settings, machine: Machine): readonly [Host, ...Host[]] {
  const addresses = listOf(settings, 'hostaddr');
  const names = listOf(settings, 'host');
  const ports = listOf(settings, 'port') ?? [''];
  const [firstPort = ''] = ports;
  const { length } = addresses ?? names ?? [''];
  if (names && names.length !== length) throw uneven('host', names.length, 'hostaddr', length);
  if (ports.length !== 1 && ports.length !== length) throw uneven('port', ports.length, 'host', length);
  const hosts = Array.from({ length }, (_, at): Host => {
    const address = addresses?.[at];
    return {
      host: names?.[at] || address || machine.socketFolder || 'localhost',
      address: address ? checkAddress(address, settings) : undefined,
      port: parsePort(ports[at] ?? firstPort, settings),
    };
  });
  return hosts as [Host, ...Host[]];
}

function listOf(settings: Settings, name: Parameter): readonly string[] | undefined {
  return readText(settings, name)?.split(',');
}

function uneven(name: Parameter, count: number, other: Parameter, others: number): UpdownError {
  return new UpdownError('config', `"${name}" lists ${count} where "${other}" lists ${others}`, {
    hint: `Give as many of the one as of the other${name === 'port' ? ', or one port for all' : ''}. PG* variables count too.`,
  });
}

function checkAddress(address: string, settings: Settings): string {
  if (isIP(address) > 0) return address;
  throw badSetting('hostaddr', settings, 'is not an IP address', 'Give a name as host instead.');
}

function parsePort(text: string, settings: Settings): number {
  if (text.trim() === '') return 5432;
  const port = Number(text);
  if (/^\s*\d{1,5}\s*$/.test(text) && port >= 1 && port <= 65_535) return port;
  // The text is not shown: with a "/" in the password it is half of the password (F65).
  throw badSetting('port', settings, 'is not a number from 1 to 65535', badPortHint);
}

const badPortHint =
  'For example 5432. In the password of a url write # as %23, / as %2F, @ as %40, : as %3A and % as %25.';
