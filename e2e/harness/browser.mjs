// Real Chromium, driven without retries and without pauses: every wait is for a state and has a bound.
import { chromium } from 'playwright-core';

const WITHIN_MS = 20_000;

export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
      // The tests' https sites frame a flow on localhost, which a real browser asks its user about.
      '--disable-features=LocalNetworkAccessChecks',
    ],
  });

/** A fresh profile. Errors that a page throws are kept, so that a test can insist on none. */
export async function profile(browser, options = {}) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: 'en-US',
    reducedMotion: 'reduce',
    ...options,
  });
  context.setDefaultTimeout(WITHIN_MS);
  context.errors = [];
  context.on('weberror', (error) => context.errors.push(error.error()));
  return context;
}
