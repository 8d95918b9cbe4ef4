#!/usr/bin/env node
import { keepEarlySignals } from '../lib/cli/early-signals.ts';

// Before the rest is loaded, which takes longer than somebody needs to press Ctrl-C.
keepEarlySignals(process);
const { main } = await import('../lib/cli/main.ts');

process.exitCode = await main(process.argv.slice(2), process);
// Neither a line gone silent nor the embedded server's idle timer, of ten seconds, keeps a command alive that has ended.
setTimeout(exit, 100).unref();

function exit(): void {
  if (process.stdout.writableLength === 0) process.exit();
  setTimeout(exit, 100);
}
