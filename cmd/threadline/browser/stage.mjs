// What every play shares: the browser, the site's visitor, Slack's people, and
// waiting on conditions.

import assert from "node:assert/strict";
import path from "node:path";
import { chromium } from "playwright-core";

/** Where the program under test is, and who can kill it. */
export const { SITE: site, SLACK: slack, CONTROL: control, FOREIGN: foreign } = process.env;

/** Bounds every wait on a condition; machines are shared. */
const PATIENCE = 60_000;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  // Chromium's sandbox needs rights that root and containers do not have.
  args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
});
/** Every page ever opened, so that a failure can be shown. */
const pages = [];
const uncaught = [];

/** Opens a browser of somebody's own: nothing is shared with the others. */
export async function person(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1180, height: 820 }, locale: "en-US", timezoneId: "America/Denver", ...options });
  context.setDefaultTimeout(PATIENCE);
  context.on("page", (page) => {
    pages.push(page);
    page.on("pageerror", (error) => uncaught.push(`${page.url()}: ${error.stack ?? error}`));
  });
  return context;
}

/** Waits until ask returns something true, and returns that. */
export async function until(what, ask) {
  const deadline = Date.now() + PATIENCE;
  for (;;) {
    const got = await ask();
    if (got) return got;
    if (Date.now() > deadline) throw new Error(`waited ${PATIENCE / 1000} s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
}

/** Plays the acts in order; the first that fails ends the play. */
export async function play(acts) {
  let now = "";
  try {
    for (const [name, act] of Object.entries(acts)) {
      now = name;
      const began = Date.now();
      await act();
      assert.deepEqual(uncaught, [], "a page threw");
      console.log(`ok   ${name} (${Date.now() - began} ms)`);
    }
  } catch (error) {
    console.log(`FAIL ${now}\n${error.stack ?? error}`);
    for (const [n, page] of pages.entries()) if (!page.isClosed()) await picture(page, `failed-${n}`).catch(() => {});
    process.exitCode = 1;
  } finally {
    await browser.close();
  }
}

/** Keeps a picture among the test's artifacts. */
export function picture(page, name) {
  return page.screenshot({ path: path.join(process.env.PICTURES, `${name}.png`) });
}

/** Asks whoever started this play to do something to the program. */
export async function ask(what) {
  const reply = await fetch(`${control}/${what}`, { method: "POST" });
  assert.equal(reply.status, 204, what);
}
