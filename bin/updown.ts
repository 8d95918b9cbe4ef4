#!/usr/bin/env node
import { main } from '../lib/cli/main.ts';

process.exitCode = await main(process.argv.slice(2), process);
// A line that has gone silent keeps no command alive that has failed.
if (process.exitCode !== 0) setTimeout(() => process.exit(), 1_000).unref();
