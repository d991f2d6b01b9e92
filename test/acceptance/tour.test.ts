import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import t from 'tap';
import type { Test } from 'tap';
import { loadConfig } from '../../src/config.ts';
import { startServer } from '../../src/server.ts';
import { gatheredLogger } from '../support/gathered-logs.ts';

/**
 * The README's tour is run as it stands: every `$` line of its ```console blocks goes to one shell,
 * against a server of its own, and what comes out has to be what the README shows, but for ids,
 * times and how often a loop went round. `TOUR=write npx tap test/acceptance/tour.test.ts` writes it anew.
 */
const README = new URL('../../README.md', import.meta.url);
const WRITES = process.env['TOUR'] === 'write';
const BLOCK = /(?<=^```console\n)[\s\S]*?(?=^```$)/gm;

interface Step {
  /** One line, or several joined with newlines. */
  readonly command: string;
  readonly output: string;
}

function stepsOf(block: string): Step[] {
  return block.split(/^(?=\$ )/m).map((text) => {
    const lines = text.trimEnd().split('\n');
    const end = lines.findIndex((line, index) => index > 0 && !line.startsWith('> '));
    const command = lines.slice(0, end === -1 ? lines.length : end).map((line) => line.slice(2)).join('\n');
    return { command, output: end === -1 ? '' : lines.slice(end).join('\n') };
  });
}

function written({ command, output }: Step): string {
  return `$ ${command.replaceAll('\n', '\n> ')}\n${output === '' ? '' : `${output}\n`}`;
}

/** A shell that keeps its variables from one command to the next; errors are shown like output. */
function openShell(t: Test): (command: string) => Promise<string> {
  const shell = spawn('bash', ['--norc', '--noprofile'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = once(shell, 'close');
  t.teardown(async () => {
    shell.stdin.end();
    await closed;
  });
  const lines = createInterface({ input: shell.stdout })[Symbol.asyncIterator]();
  const END = '-- end of this command --';
  shell.stdin.write('exec 2>&1; export AWS_PAGER=\n');
  return async (command) => {
    shell.stdin.write(`${command}\nprintf '\\n%s\\n' '${END}'\n`);
    const output: string[] = [];
    for (;;) {
      const line = await lines.next();
      if (line.done) throw new Error(`the shell ended in: ${command}`);
      if (line.value === END) return output.join('\n').trimEnd();
      output.push(line.value);
    }
  };
}

/** Without what differs from run to run. */
function normal(output: string): string {
  return output
    .replaceAll(/\b(dep|dom|op|prj)_[0-9a-f]{8,}/g, '$1_…')
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '(uuid)')
    .replaceAll(/\bE[A-Z0-9]{12,14}\b/g, '(distribution)')
    .replaceAll(/\bd[a-z0-9]{13}\.cloudfront\.net/g, '(distribution).cloudfront.net')
    .replaceAll(/_[0-9a-f]{32}\b/g, '_…')
    .replaceAll(/\b\d{13}\b/g, '(time)')
    .replaceAll(/Ms: \d+/g, 'Ms: (some)')
    .replaceAll(/^(pending_validation|deploying)\n/gm, '')
    // What is done in parallel may be told in either order.
    .split('\n').sort().join('\n');
}

/** The addresses of the README and those of this run. */
async function startedServer(t: Test): Promise<readonly (readonly [string, string])[]> {
  const config = loadConfig({
    PORT: '0', LOCAL_CLOUD_PORT: '0', LOCAL_DNS_PORT: '0', LOCAL_EDGE_PORT: '0', DATA_DIR: t.testdirName,
    AWS_CONNECT_TIMEOUT_MS: '5000', AWS_REQUEST_TIMEOUT_MS: '15000',
  });
  const server = await startServer(config, gatheredLogger('error'));
  t.teardown(() => server.close());
  const { localCloud, url } = server;
  if (!localCloud) throw new Error('without an endpoint of its own the server embeds a cloud');
  return [
    ['http://127.0.0.1:3000', url],
    ['http://127.0.0.1:4566', localCloud.cloudUrl],
    ['http://127.0.0.1:8088', localCloud.edgeUrl],
  ];
}

void t.test('the tour of the README', async (t) => {
  t.testdir();
  const addresses = await startedServer(t);
  const run = openShell(t);
  const missing = async (program: string) => await run(`command -v ${program} > /dev/null || echo missing`) !== '';
  if (await missing('curl')) return t.skip('curl is not installed', () => undefined);
  const withoutAws = await missing('aws');

  const perform = async ({ command }: Step): Promise<string> => {
    const here = addresses.reduce((text, [shown, real]) => text.replaceAll(shown, real), command);
    const output = await run(here);
    return addresses.reduce((text, [shown, real]) => text.replaceAll(real, shown), output);
  };
  const readme = await readFile(README, 'utf8');
  const results: string[] = [];
  for (const block of readme.match(BLOCK) ?? []) {
    for (const step of stepsOf(block)) {
      if (withoutAws && /\baws /.test(step.command)) {
        t.comment(`not tried, as there is no aws command line here: ${step.command}`);
        continue;
      }
      const output = await perform(step);
      results.push(written({ ...step, output }));
      if (!WRITES) t.equal(normal(output), normal(step.output), step.command);
    }
    results.push('\0');
  }
  t.ok(results.length > 1, 'there is a tour');
  if (!WRITES) return;
  const blocks = results.join('').split('\0');
  await writeFile(README, readme.replaceAll(BLOCK, () => blocks.shift() ?? ''));
});
