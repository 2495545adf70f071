// A stranger's mail and a forged invoice at the desk: what their sender wants the browser to do does
// not happen, and what is wrong with them is said. Needs what `person.mjs` needs, and the items' ids
// in MAIL, INVOICE, TABLE.
import { BASE_URL, accessible, check, end, person, picture, signIn } from "./person.mjs";

const { MAIL, INVOICE, TABLE } = process.env;

async function aStrangersMail(page) {
  const strange = [];
  page.on("request", (it) => it.url().startsWith(BASE_URL) || it.url().startsWith("data:") || strange.push(it.url()));
  await page.goto(`${BASE_URL}/items/${MAIL}`);
  const text = await page.innerText("main");
  check(text.includes("nicht von dieser Absender-Domain"), "what the own server found out about the sender is shown");
  check((await page.innerText("main > header, main")).split("\n").slice(0, 6).join().includes("x@fremd.example"), "a name that poses as an address is not what names the sender");
  check(text.includes("rechnung.exe"), "a program among the attachments is named");
  await accessible(page, "a stranger's mail");
  await picture(page, "mail");
  await page.click(".formatted summary");
  const frame = page.frameLocator(".formatted iframe");
  await frame.locator("h1").waitFor();
  check((await frame.locator("h1").innerText()) === "Ihre Rechnung", "the mail is shown as its sender formatted it");
  check((await frame.locator("table td").count()) === 2, "its table is a table");
  check((await frame.locator("script, form, input, object, iframe, link, img[src^='http']").count()) === 0, "nothing that acts or loads is left in it");
  await page.locator(".formatted").scrollIntoViewIfNeeded();
  await picture(page, "mail-formatted");
  const link = frame.locator("a").first();
  const before = page.url();
  if (await link.count()) await link.click({ timeout: 2000 }).catch(() => {});
  await page.waitForTimeout(500);
  check(page.url() === before && page.context().pages().length === 1, "a link of the sender opens nothing");
  check(strange.length === 0, `the browser asks nobody else (${strange})`);
}

async function aProgram(page) {
  await page.goto(`${BASE_URL}/items/${MAIL}`);
  const link = page.locator("a[href*='anyway']");
  check(!(await link.isVisible()), "a program is not one click away");
  await page.locator(".danger summary").click();
  check(await link.isVisible(), "who has read the warning can save it");
  await accessible(page, "the warning before a program");
  const file = await link.getAttribute("href");
  const [saved] = await Promise.all([page.waitForEvent("download"), link.click()]);
  check(saved.suggestedFilename().startsWith("rechnung.exe"), "it is saved, not opened");
  const answer = await page.goto(BASE_URL + file.split("?")[0]);
  check(answer.status() >= 400 && (await page.innerText("main")).includes("P0401"), "without the warning it is not handed out");
  await accessible(page, "the refusal");
  await picture(page, "refusal");
}

async function aForgedInvoice(page) {
  await page.goto(`${BASE_URL}/items/${INVOICE}`);
  const text = await page.innerText("main");
  check(/IBAN/.test(text) && text.includes("F0202"), "another account on the page than in the XML is a finding");
  await accessible(page, "a forged invoice");
  await picture(page, "forged");
}

async function aTable(page) {
  await page.goto(`${BASE_URL}/items/${TABLE}`);
  await page.click(".grids summary");
  const cells = page.locator(".grids td");
  check((await cells.count()) > 3 && (await page.locator(".grids th").count()) > 0, "a table is shown as a table");
  await accessible(page, "a table");
  await page.locator(".grids").scrollIntoViewIfNeeded();
  await picture(page, "table");
}

try {
  const page = await person();
  await signIn(page);
  await aStrangersMail(page);
  await aProgram(page);
  await aForgedInvoice(page);
  await aTable(page);
} catch (error) {
  check(false, String(error));
}
await end();
