#!/usr/bin/env node
import { main } from '../lib/cli/main.ts';

process.exitCode = await main(process.argv.slice(2), process);
// Neither a line gone silent nor the embedded server's idle timer, of ten seconds, keeps a command alive that has ended.
setTimeout(exit, 100).unref();

function exit(): void {
  if (process.stdout.writableLength === 0) process.exit();
  setTimeout(exit, 100);
}
