// Swagger UI as people use it, in a real browser: give the token, list the deployments, roll back to the older one, add a
// domain, and read the answers in the page. Whatever the browser complains of, and whatever it asks another host, fails.
//
//   node test/browser/swagger-ui.mjs <url of the server> <token> [<screenshot to write>]
//
// PLAYWRIGHT names the folder that playwright-core is installed in, CHROMIUM the browser's program. The server runs on its
// local cloud with AUTH=token, its demo project as it was.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';

const { PLAYWRIGHT = '.', CHROMIUM = '/usr/bin/chromium' } = process.env;
const { chromium } = createRequire(`${PLAYWRIGHT}/`)('playwright-core');
const [, , server, token, screenshot] = process.argv;
const PATIENCE_MS = 60_000;
const WIDTH = 1200;

/** What the browser says about the page that nobody asked for. */
function watch(page) {
  const complaints = [];
  const { origin } = new URL(server);
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
  page.on('request', (request) => {
    const { origin: asked, protocol } = new URL(request.url());
    if (protocol !== 'data:' && protocol !== 'blob:' && asked !== origin) complaints.push(`asked another host: ${request.url()}`);
  });
  page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()} ${request.failure()?.errorText}`));
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`answered ${response.status()}: ${response.url()}`);
  });
  return complaints;
}

async function authorize(page) {
  await page.locator('.auth-wrapper .btn.authorize').click();
  const form = page.locator('.auth-container', { hasText: 'bearerAuth' });
  await form.locator('input').fill(token);
  await form.locator('button[type=submit]').click();
  await form.getByRole('button', { name: 'Remove authorization' }).waitFor();
  await page.locator('.modal-btn.btn-done').first().click();
}

/** Opens the operation, fills in what is given, presses Execute, and answers what the page shows then. */
async function tryOut(page, tag, operationId, { path = {}, body }) {
  const operation = page.locator(`#operations-${tag}-${operationId}`);
  await operation.locator('.opblock-summary-control').click();
  for (const [name, value] of Object.entries(path)) {
    await operation.locator(`tr[data-param-name="${name}"] input`).fill(value);
  }
  if (body !== undefined) await operation.locator('textarea.body-param__text').fill(JSON.stringify(body, null, 2));
  await operation.getByRole('button', { name: 'Execute' }).click();
  const live = operation.locator('.live-responses-table');
  await live.waitFor();
  const status = Number((await live.locator('.response-col_status').last().innerText()).split('\n')[0]);
  const text = await live.locator('.highlight-code code').first().innerText();
  return { operation, status, body: JSON.parse(text) };
}

async function collapse({ operation }) {
  await operation.locator('.opblock-summary-control').click();
}

/** The page from its top to the answer, with the other groups before it folded up. */
async function keep(page, { operation }) {
  for (const tag of ['Projects', 'Deployments']) await page.locator(`#operations-tag-${tag}`).click();
  // Unfolding is animated.
  await page.evaluate(() => Promise.all(document.getAnimations().map((each) => each.finished)));
  await page.locator('.live-responses-table .highlight-code').first().hover();
  await page.evaluate(() => window.scrollTo(0, 0));
  const end = await operation.locator('.live-responses-table .highlight-code').first().boundingBox();
  await page.screenshot({ path: screenshot, fullPage: true, clip: { x: 0, y: 0, width: WIDTH, height: end.y + end.height + 8 } });
  for (const tag of ['Projects', 'Deployments']) await page.locator(`#operations-tag-${tag}`).click();
}

const browser = await chromium.launch({ executablePath: CHROMIUM, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
try {
  const page = await browser.newPage({ viewport: { width: WIDTH, height: 1000 } });
  page.setDefaultTimeout(PATIENCE_MS);
  const complaints = watch(page);
  await page.goto(`${server}/docs`);
  await page.locator('.opblock-tag').first().waitFor();
  assert.equal(await page.title(), 'Anchor API');
  assert.equal(await page.locator('.topbar').isVisible(), false, 'nothing in the page is about another document');
  await authorize(page);

  const listed = await tryOut(page, 'Deployments', 'listDeployments', { path: { projectId: 'test' } });
  assert.equal(listed.status, 200);
  assert.equal(listed.body.length, 2, 'no filter or cursor was filled in that nobody chose');
  await collapse(listed);

  const targetDeploymentId = listed.body[1].deploymentId;
  const rollback = { path: { projectId: 'test' }, body: { targetDeploymentId, reason: 'checkout fails' } };
  const rolledBack = await tryOut(page, 'Rollback', 'rollBack', rollback);
  assert.equal(rolledBack.status, 200);
  assert.equal(rolledBack.body.rolledBackTo, targetDeploymentId);
  if (screenshot !== undefined) await keep(page, rolledBack);
  await collapse(rolledBack);

  // With the body that the page suggests.
  const added = await tryOut(page, 'Domains', 'addDomain', { path: { projectId: 'test' } });
  assert.equal(added.status, 201);
  assert.equal(added.body.domain, 'shop.example.com');
  assert.match(added.body.dnsInstructions.recordName, /^_.+\.shop\.example\.com$/);
  await collapse(added);

  assert.deepEqual(complaints, []);
  process.stdout.write(`Rolled back to ${targetDeploymentId} and added ${added.body.domain} in Swagger UI; the browser had no complaint.\n`);
} finally {
  await browser.close();
}
