import { parseArgs } from 'node:util';
import { systemClock } from '../adapters/system/clock.ts';
import { systemIds } from '../adapters/system/ids.ts';
import { systemSecrets } from '../adapters/system/secrets.ts';
import { loadConfig } from '../config.ts';
import { EVERYTHING, parseGrants, type Grant } from '../domain/grants.ts';
import { openStores } from '../open-stores.ts';
import { createToken } from '../operations/tokens.ts';

const HELP = `Makes a bearer token in the store that the configuration names, and prints it: the only time it can be seen.

  npm run token -- --admin                                    may do everything
  npm run token -- --grant shop:deployer --grant blog:viewer  has these roles on these projects

  --admin              the grant *:admin
  --grant <grant>      project:role; the project an id or *, the role viewer, deployer, domains or admin
  --name <name>        what it is for (default: "command line"); stands in the records of what its holder does
  --expires-in <days>  ends by itself after so many days (default: never)
  --help               this text

Tokens are believed by servers with AUTH=token, from the next request on.
`;

/** What is wrong with the command line, for people. */
class UsageError extends Error {
  override readonly name = 'UsageError';
}

const DAY_MS = 24 * 3_600_000;
const OPTIONS = {
  admin: { type: 'boolean', default: false }, grant: { type: 'string', multiple: true, default: [] as string[] },
  name: { type: 'string', default: 'command line' }, 'expires-in': { type: 'string' }, help: { type: 'boolean', default: false },
} as const;

function readArguments() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function grantsOf({ admin, grant }: { admin: boolean; grant: readonly string[] }): readonly Grant[] {
  const parsed = parseGrants([...grant]);
  if ('problem' in parsed) throw new UsageError(`--grant ${parsed.problem}`);
  const grants = [...(admin ? EVERYTHING : []), ...parsed.grants];
  if (grants.length === 0) throw new UsageError('say --admin, or --grant at least once');
  return grants;
}

function lifetimeMsOf(days: string | undefined): number | undefined {
  if (days === undefined) return undefined;
  if (!/^[1-9][0-9]{0,3}$/.test(days)) throw new UsageError('--expires-in takes a number of days, 1 to 9999');
  return Number(days) * DAY_MS;
}

function nameOf(name: string): string {
  if (!/^[\x20-\x7e]{1,64}$/.test(name)) throw new UsageError('--name takes 1 to 64 printable ASCII characters');
  return name;
}

async function makeToken(): Promise<void> {
  const values = readArguments();
  if (values.help) {
    process.stdout.write(HELP);
    return;
  }
  const input = { name: nameOf(values.name), grants: grantsOf(values), caller: 'command line' };
  const lifetimeMs = lifetimeMsOf(values['expires-in']);
  const clock = systemClock();
  const store = openStores(loadConfig(), () => clock.now());
  try {
    const create = createToken({ stores: store.stores, clock, ids: systemIds(), secrets: systemSecrets() });
    const { record, token } = await create({ ...input, ...(lifetimeMs !== undefined && { expiresAt: clock.now() + lifetimeMs }) });
    process.stdout.write(`${token}\n`);
    process.stderr.write(`This is token ${record.tokenId}. Keep it now: it is not shown again.\n`);
  } finally {
    store.close();
  }
}

try {
  await makeToken();
} catch (error) {
  process.stderr.write(error instanceof UsageError ? `${error.message}\n\n${HELP}`
    : `${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
