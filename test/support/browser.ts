import type { Browser } from 'playwright-core';
import { findProgram } from './binaries.ts';

export function findBrowser(): string | undefined {
  return findProgram('chromium') ?? findProgram('chromium-browser');
}

/** A browser without a window, closed afterwards. */
export async function withBrowser(body: (browser: Browser) => Promise<void>): Promise<void> {
  const executablePath = findBrowser();
  if (executablePath === undefined) throw new Error('chromium is not there; mark the test with needsBrowser');
  // Loading it takes longer than most test files do, and nearly all of them import this one.
  const { chromium } = await import('playwright-core');
  // Its sandbox does not start for root, nor in most containers; it opens nothing but our own page.
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  try {
    await body(browser);
  } finally {
    await browser.close();
  }
}
