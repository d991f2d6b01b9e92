import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { EnvironmentSchema } from '../../src/config.ts';
import type { AnchorUrls } from './anchor-client.ts';
import { gatherLog, gathersLogs } from './gathered-logs.ts';
import { waitUntil } from './wait-until.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One of the project's programs in a process of its own, which does not outlive the test. */
export class Child {
  stdout = '';
  stderr = '';
  readonly ended: Promise<Ended>;
  readonly #process: ChildProcess;
  #end: Ended | undefined;

  constructor(command: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    const child = spawn(command, args, { cwd: ROOT, env: { ...surroundings(), ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (chunk: Buffer) => { this.stdout += chunk.toString(); });
    child.stderr.on('data', (chunk: Buffer) => { this.stderr += chunk.toString(); });
    this.#process = child;
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve(this.#end = { code, signal }));
    });
  }

  /** Resolves when the process is gone, however it went. */
  async kill(signal: NodeJS.Signals): Promise<Ended> {
    this.#process.kill(signal);
    return this.ended;
  }

  /** What the pattern finds on standard output; rejects when the process ends without printing it. */
  async untilPrinted(pattern: RegExp): Promise<RegExpExecArray> {
    return waitUntil(`${String(pattern)} is printed`, async () => {
      const found = pattern.exec(this.stdout) ?? undefined;
      if (!found && this.#end) throw new Error(`ended with ${JSON.stringify(this.#end)}: ${this.stderr}`);
      return found;
    });
  }
}

/** This process's environment without any setting of the server. */
function surroundings(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(
    ([name]) => !(name in EnvironmentSchema.properties) && !name.startsWith('AWS_')));
}

/**
 * Starts `src/<program>.ts`, or with `BUILT_DIR` what `npm run build` has made of it, with nothing of the server's
 * settings but those given.
 */
export function startProgram(
  t: Test, program: string, env: Readonly<Record<string, string>>, args: readonly string[] = [],
): Child {
  const built = process.env['BUILT_DIR'];
  const file = built === undefined
    ? ['--import=./scripts/typescript-loader.mjs', `src/${program}.ts`] : [`${built}/${program}.js`];
  // tap loads its own hooks into every process it sees; a server has to run as it would anywhere else.
  const speaks = program === 'main' && gathersLogs ? { ...env, LOG_LEVEL: 'debug' } : env;
  const child = new Child('env', ['-u', 'NODE_OPTIONS', process.execPath, ...file, ...args], speaks);
  // What other programs print is what they are there for, such as a token.
  void child.ended.then(() => gatherLog(program === 'main' ? child.stdout + child.stderr : child.stderr));
  t.teardown(() => child.kill('SIGKILL'));
  return child;
}

/** Where a server says it is, from its banner. */
export async function urlsOf(child: Child): Promise<AnchorUrls> {
  const [, url = '', cloudUrl = '', edgeUrl = ''] = await child.untilPrinted(
    /Anchor is ready at (\S+)[^]*Embedded cloud (\S+), viewer's edge (\S+),[^]*host: www\.example\.com/);
  return { url, cloudUrl, edgeUrl };
}
