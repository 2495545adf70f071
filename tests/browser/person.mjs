// What the browser tests share: a browser with people in it, sentences that are checked, axe-core.
//
// Needs in the environment: BASE_URL, USER_NAME, PASSWORD; SCREENSHOTS (a folder) if pictures are
// wanted; CHROMIUM if it is not /usr/bin/chromium. Prints one line per step, and JSON with what was
// measured at the end. Ends with 1 when something is not as it should be.
import { readFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

export const { BASE_URL, USER_NAME, PASSWORD, SCREENSHOTS } = process.env;
if (!BASE_URL || !USER_NAME || !PASSWORD) {
  console.error("BASE_URL, USER_NAME and PASSWORD have to be set");
  process.exit(2);
}
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
if (SCREENSHOTS) mkdirSync(SCREENSHOTS, { recursive: true });

export const measured = { violations: 0, pages: 0, console_errors: 0 };
export const wrong = [];

export function check(right, sentence) {
  console.log(`${right ? "ok   " : "WRONG"} ${sentence}`);
  if (!right) wrong.push(sentence);
}

export const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
});

/** A new window with its own cookies. */
export async function person(options = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "de-DE", ...options });
  const page = await context.newPage();
  page.on("console", (message) => {
    // A page answers with a status on purpose now and then; what the browser refuses is a mistake.
    if (message.type() !== "error" || /status of 4\d\d/.test(message.text())) return;
    measured.console_errors += 1;
    wrong.push(`console: ${message.text()}`);
    console.log(`WRONG console: ${message.text()}`);
  });
  return page;
}

export async function picture(page, name) {
  if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/${name}.png` });
}

/** axe-core on the page as it stands. Its script is run by the debugger, which our CSP does not concern. */
export async function accessible(page, name) {
  await page.evaluate(axe);
  const found = await page.evaluate((rules) => axe.run(document, { runOnly: { type: "tag", values: rules } }), RULES);
  measured.pages += 1;
  measured.violations += found.violations.length;
  for (const it of found.violations) {
    console.log(`      ${it.id}: ${it.help}\n        ${it.nodes.slice(0, 4).map((node) => node.html.slice(0, 160)).join("\n        ")}`);
  }
  check(found.violations.length === 0, `axe finds nothing on ${name}`);
}

export async function signIn(page, keyboard = false) {
  await page.goto(`${BASE_URL}/`);
  if (keyboard) {
    for (let n = 0; n < 20 && (await page.evaluate(() => document.activeElement.id)) !== "name"; n += 1) await page.keyboard.press("Tab");
    await page.keyboard.type(USER_NAME);
    await page.keyboard.press("Tab");
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press("Enter");
  } else {
    await page.fill("#name", USER_NAME);
    await page.fill("#password", PASSWORD);
    await page.click("main button");
  }
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
}

/** Tells what was measured and whether all was right, and ends. */
export async function end() {
  await browser.close();
  console.log(JSON.stringify({ ...measured, wrong }, null, 2));
  process.exit(wrong.length === 0 ? 0 : 1);
}
