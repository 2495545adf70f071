// A person at the desk, in a real browser: signs in, looks at drafts, corrects, approves; once with
// the keyboard alone. Every page is checked with axe-core (WCAG 2.2 AA) in every language.
// Needs what `person.mjs` needs.
import { BASE_URL, USER_NAME, PASSWORD, accessible, check, end, measured, person, picture, signIn } from "./person.mjs";

/** The addresses of all waiting items that have a draft which may be approved now. */
async function waiting(page) {
  await page.goto(`${BASE_URL}/`);
  const queues = await page.$$eval("a[href^='/queues/']", (links) => links.map((it) => it.getAttribute("href")));
  const items = [];
  for (const queue of queues) {
    await page.goto(BASE_URL + queue);
    const links = await page.$$eval("tbody a[href^='/items/']", (all) => all.map((it) => it.getAttribute("href")));
    items.push(...links.map((link) => ({ queue, link })));
  }
  return { queues, items };
}

const idle = (page) => page.waitForLoadState("networkidle");

/** Presses "approve" until the item is through: a renewed draft is looked at and approved again. */
async function approve(page, press) {
  const before = new URL(page.url()).pathname;
  for (let n = 0; n < 3; n += 1) {
    await Promise.all([page.waitForResponse((it) => it.request().method() === "POST"), press()]);
    await idle(page);
    await page.waitForSelector(".notice");
    if (new URL(page.url()).pathname !== before) return true;
  }
  return false;
}

async function strangers() {
  const page = await person();
  const answer = await page.goto(`${BASE_URL}/`);
  check(page.url().includes("/sign-in"), "who is not signed in is sent to the sign-in");
  const policy = (await answer.allHeaders())["content-security-policy"] ?? "";
  check(policy.includes("default-src 'none'") && !policy.includes("unsafe"), "the policy allows no script or style in a page");
  await page.fill("#name", USER_NAME);
  await page.fill("#password", "not the password");
  await page.click("main button");
  await page.waitForSelector("[role=alert]");
  check(page.url().includes("/sign-in"), "a wrong password does not open the desk");
  await accessible(page, "sign-in with a mistake");
  const refused = await page.request.post(`${BASE_URL}/sign-in`, { form: { name: USER_NAME, password: PASSWORD }, headers: { "sec-fetch-site": "cross-site" } });
  check(refused.status() === 403, "a form of another site is refused");
  await page.context().close();
}

async function everyPage(locale) {
  const page = await person({ locale });
  await page.goto(`${BASE_URL}/sign-in`);
  check((await page.getAttribute("html", "lang")) === locale.slice(0, 2), `the sign-in speaks ${locale}`);
  await accessible(page, `sign-in (${locale})`);
  await picture(page, `sign-in-${locale}`);
  await signIn(page);
  await accessible(page, `overview (${locale})`);
  await picture(page, `overview-${locale}`);
  const { queues, items } = await waiting(page);
  check(items.length > 0, "something waits");
  await page.goto(BASE_URL + (items[0]?.queue ?? queues[0]));
  await accessible(page, `queue (${locale})`);
  await picture(page, `queue-${locale}`);
  for (const [n, item] of items.entries()) {
    await page.goto(BASE_URL + item.link);
    await idle(page);
    await accessible(page, `item ${n + 1} (${locale})`);
    await picture(page, `item-${n + 1}-${locale}`);
    const broken = await page.$$eval(".proof a", (links) => links.filter((it) => !document.getElementById(it.hash.slice(1))).map((it) => it.hash));
    check(broken.length === 0, `every proof of item ${n + 1} leads to its place ${broken.join(" ")}`);
    if (n === 0) {
      await page.goto(`${BASE_URL}${item.link}/history`);
      await accessible(page, `history (${locale})`);
      await picture(page, `history-${locale}`);
    }
  }
  await page.goto(`${BASE_URL}/help`);
  await accessible(page, `help (${locale})`);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(BASE_URL + items[0].link);
  await accessible(page, `item on a phone (${locale})`);
  await picture(page, `phone-${locale}`);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth + 1);
  check(!wide, "the phone does not scroll sideways");
  await page.context().close();
}

/** The first item with a field to type in; `null` when there is none. */
async function openDraft(page) {
  const { items } = await waiting(page);
  for (const item of items) {
    await page.goto(BASE_URL + item.link);
    if ((await page.$("#do-approve")) && (await page.$(".field input[type=text]"))) return item.link;
  }
  return null;
}

async function withTheMouse() {
  const page = await person();
  await signIn(page);
  const link = await openDraft(page);
  check(link !== null, "a draft waits that can be approved");
  if (!link) return;
  const lit = async (input) => {
    await input.focus();
    return page.evaluate(() => document.querySelectorAll("#papers .lit").length);
  };
  for (const input of await page.$$(".field:has(.proof) [name^='v.']")) {
    check((await lit(input)) > 0, `the proof of ${await input.getAttribute("name")} is lit while the field has the focus`);
  }
  const input = page.locator(".field input[type=text]").last();
  const name = await input.getAttribute("name");
  await input.fill(`Probe Ä${Date.now() % 100000}`);
  const stale = await page.context().newPage();
  await stale.goto(BASE_URL + link);
  await page.click("#do-save");
  await page.waitForURL(/notice=/);
  await idle(page);
  const now = page.locator(`[name='${name}']`);
  check((await now.count()) === 1, "the corrected draft is shown again");
  check((await page.locator(".changes").count()) === 1, "what a person changed is listed");
  await picture(page, "corrected");
  // Somebody else still has the draft as it was before.
  await stale.click("#do-approve");
  await stale.waitForFunction(() => !document.querySelector("#do-approve"));
  check((await stale.locator("main a[href^='/items/']").count()) === 1, "an old draft cannot be approved; the page says so and links the new one");
  await accessible(stale, "the page about an old draft");
  await picture(stale, "stale");
  await page.context().close();
}

async function withTheKeyboard() {
  const page = await person();
  await signIn(page, true);
  let keys = 0;
  const press = async (key) => { keys += 1; await page.keyboard.press(key); };
  const { items } = await waiting(page);
  let approved = 0;
  for (const item of items) {
    await page.goto(BASE_URL + item.link);
    if (!(await page.$("#do-approve"))) continue;
    const started = keys;
    const fields = await page.$$eval(".field[data-attention]", (all) => all.length);
    const focused = await page.evaluate(() => Boolean(document.activeElement.closest?.(".field[data-attention]")));
    check(fields === 0 || focused, "the draft opens at the first field that needs a person");
    for (let n = 0; n < fields; n += 1) await press("Enter");
    check((await page.evaluate(() => document.activeElement.id)) === "do-approve" || fields === 0, "Enter walks the fields that need a person and ends at the approval");
    await page.keyboard.press("Escape");
    if (await approve(page, () => press("Control+Enter"))) {
      approved += 1;
      console.log(`      approved ${item.link} with ${keys - started} keys for ${fields} fields`);
      measured.keys_per_item = keys - started;
      break;
    }
  }
  check(approved > 0, "an item is approved without the mouse");
  await page.goto(`${BASE_URL}/help`);
  await page.keyboard.press("?");
  check(await page.locator("dialog#keys").evaluate((it) => it.open), "the question mark opens the keys");
  await page.keyboard.press("Escape");
  const draft = await openDraft(page);
  if (draft) {
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press("r");
    check((await page.evaluate(() => document.activeElement.id)) === "reject-reason", "r asks for the reason of a rejection");
  }
  await page.context().close();
}

async function withoutScript() {
  const page = await person({ javaScriptEnabled: false });
  await signIn(page);
  await page.goto(`${BASE_URL}/`);
  const link = await page.locator("a[href^='/queues/']").first().getAttribute("href");
  const answer = await page.goto(BASE_URL + link);
  check(answer.status() === 200, "the desk works without script");
  await page.context().close();
}

try {
  if (process.env.ONLY) await { mouse: withTheMouse, keyboard: withTheKeyboard }[process.env.ONLY]();
  else {
  await strangers();
  for (const locale of ["de-DE", "en-GB"]) await everyPage(locale);
  await withTheMouse();
  await withTheKeyboard();
  await withoutScript();
  }
} catch (error) {
  check(false, String(error));
}
await end();
