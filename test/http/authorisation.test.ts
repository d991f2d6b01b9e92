import { subscribe } from 'node:diagnostics_channel';
import type { FastifyInstance, InjectOptions, RouteOptions } from 'fastify';
import Fastify from 'fastify';
import t from 'tap';
import { jwtCallers } from '../../src/adapters/oidc/jwt-callers.ts';
import { systemClock } from '../../src/adapters/system/clock.ts';
import { AnchorError } from '../../src/domain/errors.ts';
import { ROLES, type Grant, type Role } from '../../src/domain/grants.ts';
import { buildApp } from '../../src/http/app.ts';
import { USUAL_LIMITS, type HttpLimits } from '../../src/http/limits.ts';
import { requireGrants } from '../../src/http/plugins/route-grants.ts';
import { byToken } from '../../src/operations/authenticate.ts';
import type { Operations } from '../../src/operations/operations.ts';
import { createToken, deleteToken } from '../../src/operations/tokens.ts';
import type { Authenticate } from '../../src/ports/callers.ts';
import { gatheredLogger } from '../support/gathered-logs.ts';
import { memoryStores } from '../support/memory-table.ts';
import { DEFAULTS } from '../support/http-world.ts';
import { startIssuer } from '../support/jwt-issuer.ts';

/** `GRANTS=full`: every forged proof is tried on every route. */
const FULL = process.env['GRANTS'] === 'full';

/** Who may use a route. Whoever adds a route adds its row: what is declared beside the route has to agree. */
const ROWS: Readonly<Record<string, 'open' | 'known' | Role | `every:${Role}`>> = {
  'POST /projects': 'every:deployer',
  'GET /projects': 'known',
  'GET /projects/:projectId': 'viewer',
  'PATCH /projects/:projectId': 'admin',
  'DELETE /projects/:projectId': 'admin',
  'POST /projects/:projectId/deployments': 'deployer',
  'GET /projects/:projectId/deployments': 'viewer',
  'GET /projects/:projectId/deployments/:deploymentId': 'viewer',
  'PATCH /projects/:projectId/deployments/:deploymentId': 'deployer',
  'GET /projects/:projectId/deployments/:deploymentId/eligibility': 'viewer',
  'POST /projects/:projectId/rollback': 'deployer',
  'POST /projects/:projectId/promote': 'deployer',
  'POST /projects/:projectId/rollback/undo': 'deployer',
  'GET /projects/:projectId/live': 'viewer',
  'PUT /projects/:projectId/pin': 'deployer',
  'GET /projects/:projectId/pin': 'viewer',
  'DELETE /projects/:projectId/pin': 'deployer',
  'GET /projects/:projectId/operations': 'viewer',
  'GET /projects/:projectId/operations/:operationId': 'viewer',
  'POST /projects/:projectId/domains': 'domains',
  'GET /projects/:projectId/domains': 'viewer',
  'GET /projects/:projectId/domains/:domainId': 'viewer',
  'DELETE /projects/:projectId/domains/:domainId': 'domains',
  'GET /projects/:projectId/domains/:domainId/dns': 'viewer',
  'POST /projects/:projectId/domains/:domainId/verify': 'domains',
  'GET /projects/:projectId/events': 'viewer',
  'POST /projects/:projectId/webhooks': 'admin',
  'GET /projects/:projectId/webhooks': 'admin',
  'GET /projects/:projectId/webhooks/:webhookId': 'admin',
  'PATCH /projects/:projectId/webhooks/:webhookId': 'admin',
  'DELETE /projects/:projectId/webhooks/:webhookId': 'admin',
  'POST /projects/:projectId/webhooks/:webhookId/rotate-secret': 'admin',
  'GET /projects/:projectId/webhooks/:webhookId/deliveries': 'admin',
  'POST /projects/:projectId/webhooks/:webhookId/deliveries/:deliveryId/resend': 'admin',
  'POST /tokens': 'every:admin',
  'GET /tokens': 'every:admin',
  'GET /tokens/:tokenId': 'every:admin',
  'DELETE /tokens/:tokenId': 'every:admin',
  'GET /metrics': 'every:viewer',
  'GET /healthz': 'open',
  'GET /readyz': 'open',
  'GET /openapi.json': 'open',
  'GET /docs': 'open',
  'GET /docs/json': 'open',
  'GET /docs/yaml': 'open',
  'GET /docs/static/*': 'open',
  'GET /docs/static/index.html': 'open',
  'GET /docs/static/swagger-initializer.js': 'open',
  'GET /docs/static/theme/anchor.css': 'open',
};

/** The roles that may do what needs the role. */
const ENOUGH: Readonly<Record<Role, readonly Role[]>> = {
  viewer: ['viewer', 'deployer', 'domains', 'admin'], deployer: ['deployer', 'admin'], domains: ['domains', 'admin'],
  admin: ['admin'],
};

const [OWN, OTHER, MISSING] = ['prj_own', 'prj_other', 'prj_missing'];

/** Every route of an app, hidden ones and those of plugins as well: heard of from the moment the app exists. */
const routes: RouteOptions[] = [];
subscribe('fastify.initialization', (message) => {
  (message as { fastify: FastifyInstance }).fastify.addHook('onRoute', (route) => { routes.push(route); });
});

interface Route {
  readonly name: string;
  readonly row: (typeof ROWS)[string];
  readonly request: (projectId: string, bodyOf?: 'valid' | 'invalid') => InjectOptions;
}

interface Described {
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly example: object } } };
}

/** The whole surface over operations that only say they were reached. */
class Surface {
  reached: string[] = [];
  authenticate: Authenticate = () => Promise.reject(new Error('nobody is asked'));
  readonly stores = memoryStores(() => Date.now());
  readonly #deps = {
    stores: this.stores, clock: systemClock(), ids: { next: (prefix: string) => `${prefix}_${++this.#count}` },
    secrets: { next: () => String(++this.#count).padStart(64, '0') },
  };
  #count = 0;
  readonly byToken = byToken({ ...this.#deps, adminTokenSha256: undefined });

  readonly operations = new Proxy({}, {
    get: (_, name) => async () => {
      this.reached.push(String(name));
      throw new AnchorError('nothing_to_undo', 'The operation was reached.');
    },
  }) as Operations;

  /** `/metrics` is served like the rest, and counts as an operation. */
  readonly #metricsPage = {
    contentType: 'text/plain',
    text: async () => this.operations.getLive('metrics').then(String),
  };

  build(limits: Partial<HttpLimits> = {}): Promise<FastifyInstance> {
    return buildApp({
      operations: this.operations, projectDefaults: DEFAULTS, limits: { ...USUAL_LIMITS, ...limits },
      metricsPage: this.#metricsPage, logger: gatheredLogger('silent'),
      readiness: async () => ({ ready: true, checks: {} }), authenticate: (presented) => this.authenticate(presented),
    });
  }

  async token(grants: readonly Grant[], more: { expiresAt?: number } = {}): Promise<string> {
    const { token } = await createToken(this.#deps)({ name: 'test', grants, caller: 'test', ...more });
    return String(token);
  }

  async revoked(grants: readonly Grant[]): Promise<string> {
    const { record, token } = await createToken(this.#deps)({ name: 'test', grants, caller: 'test' });
    await deleteToken(this.#deps)(record.tokenId);
    return String(token);
  }
}

const surface = new Surface();
const app = await surface.build();
t.teardown(() => app.close());
const table = routesOf(app);
const closed = table.filter(({ row }) => row !== 'open');
/** The first of each kind: what is asked of a caller, and whether a body comes with it. */
const kinds = closed.filter((route, index) => closed.findIndex((each) => kindOf(each) === kindOf(route)) === index);

function routesOf({ swagger }: FastifyInstance): Route[] {
  const { paths } = swagger() as { paths: Record<string, Record<string, Described>> };
  return routes.flatMap(({ method, url }) => [method].flat().map((each) => {
    const path = url.replace(/:(\w+)/g, '{$1}');
    const example = paths[path]?.[each.toLowerCase()]?.requestBody?.content['application/json'].example;
    const name = nameOf(each, url);
    // Where functions go is more than the route's own business; it has a test of its own.
    const body = name === 'PATCH /projects/:projectId' ? { name: 'Shop' } : example;
    return {
      name, row: rowOf(name) ?? 'open',
      request: (projectId, bodyOf = 'valid') => ({
        method: each,
        url: url.replace(':projectId', projectId).replace(/:(\w+)Id/g, '$1_1').replace('*', 'index.css'),
        ...(body && { payload: bodyOf === 'valid' ? body : { nonsense: true } }),
      }),
    };
  }));
}

function kindOf({ name, row, request }: Route): string {
  return `${row}, ${name.startsWith('HEAD') ? 'HEAD' : String('payload' in request(''))}`;
}

/** Routes with and without a slash at the end are one. */
function nameOf(method: string, url: string): string {
  return `${method} ${url.replace(/(.)\/$/, '$1')}`;
}

/** Whoever may GET may ask for the HEAD. */
function rowOf(name: string): (typeof ROWS)[string] | undefined {
  return ROWS[name.replace(/^HEAD/, 'GET')];
}

async function ask(request: InjectOptions, token?: string) {
  surface.reached = [];
  const { statusCode: status, headers, payload } = await app.inject({
    ...request, headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  const isProblem = headers['content-type'] === 'application/problem+json' && payload !== '';
  const problem = isProblem ? JSON.parse(payload) as Record<string, string> : {};
  return { status, headers, payload, problem, reached: surface.reached.length > 0 };
}

/** With the example's body a request that is let through gets as far as its operation. */
function expected(row: Route['row'], grants: readonly Grant[], projectId: string): 'through' | 403 | 404 {
  if (row === 'known') return 'through';
  const everywhere = grants.filter(({ project }) => project === '*');
  const needed = row.replace('every:', '') as Role;
  const held = row.startsWith('every:') ? everywhere
    : [...everywhere, ...grants.filter(({ project }) => project === projectId)];
  if (held.some(({ role }) => ENOUGH[needed].includes(role))) return 'through';
  return held.length === 0 && !row.startsWith('every:') ? 404 : 403;
}

/** What is wrong with one cell of the matrix; undefined when it is as it has to be. */
async function mistakeIn(route: Route, token: string, grants: readonly Grant[], projectId: string): Promise<string | undefined> {
  const { status, problem, reached } = await ask(route.request(projectId), token);
  const what = expected(route.row, grants, projectId);
  const name = `${route.name} on ${projectId}, expected ${what}: ${status}, ${JSON.stringify(problem)}, reached ${reached}`;
  if (what === 'through') return reached && status === 409 ? undefined : name;
  if (status !== what || reached) return name;
  const role = `needs the role "${route.row.replace('every:', '')}"`;
  const isNamed = problem['code'] === 'grant_missing' && problem['detail']?.includes(role);
  return what === 403 && !route.name.startsWith('HEAD') && !isNamed ? name : undefined;
}

void t.test('every route has a row, and every row a route', async (t) => {
  const names = new Set(routes.flatMap(({ method, url }) => [method].flat().map((each) => nameOf(each, url))));
  t.strictSame([...names].filter((name) => rowOf(name) === undefined), [], 'add a row for each of these');
  t.strictSame(Object.keys(ROWS).filter((name) => !names.has(name)), [], 'take these rows away');
  for (const { method, url, config } of routes) {
    for (const name of [method].flat().map((each) => nameOf(each, url))) {
      t.equal(config?.grant, rowOf(name), `${name} declares what its row says`);
    }
  }
});

void t.test('each role, on its own project, on another one, and on every project', async (t) => {
  surface.authenticate = surface.byToken;
  const held: readonly (readonly Grant[])[] = [
    ...ROLES.flatMap((role) => [String(OWN), '*'].map((project) => [{ project, role }])),
    [{ project: String(OWN), role: 'deployer' }, { project: String(OTHER), role: 'domains' }],
    [{ project: '*', role: 'viewer' }, { project: String(OWN), role: 'admin' }],
  ];
  for (const grants of held) {
    const token = await surface.token(grants);
    const mistakes: string[] = [];
    let cells = 0;
    for (const route of closed) {
      for (const projectId of route.name.includes(':projectId') ? [OWN, OTHER, MISSING] : [OWN]) {
        mistakes.push(await mistakeIn(route, token, grants, String(projectId)) ?? '');
        cells += 1;
      }
    }
    t.strictSame(mistakes.filter((mistake) => mistake !== ''), [], JSON.stringify(grants));
    t.ok(cells > 100, 'all of them were tried');
  }
});

void t.test('what a caller may not see is answered like what does not exist', async (t) => {
  surface.authenticate = surface.byToken;
  const token = await surface.token([{ project: String(OWN), role: 'admin' }]);
  const said = async (route: Route, projectId: string, body: 'valid' | 'invalid') => {
    const { status, headers, payload, reached } = await ask(route.request(projectId, body), token);
    const { date: _date, 'x-request-id': requestId, 'content-length': _length, ...rest } = headers;
    const text = payload.replaceAll(String(requestId), 'REQUEST').replaceAll(projectId, 'PROJECT');
    return { status, headers: rest, text, reached };
  };
  for (const route of table.filter(({ name }) => name.includes(':projectId'))) {
    const missing = await said(route, String(MISSING), 'valid');
    t.match(missing, { status: 404, reached: false }, route.name);
    t.strictSame(await said(route, String(OTHER), 'valid'), missing, route.name);
    t.strictSame(await said(route, String(OTHER), 'invalid'), missing, `${route.name}: before the body is looked at`);
  }
  for (const odd of ['..%2f..', '%2a', 'a%00b', 'x'.repeat(5_000), '__proto__', 'constructor']) {
    t.match(await ask({ method: 'GET', url: `/projects/${odd}` }, token), { status: 404, problem: { code: 'project_not_found' } }, odd);
  }
  t.match(await ask({ method: 'GET', url: '/projects/a%00b' }, await surface.token([{ project: '*', role: 'viewer' }])),
    { status: 404, problem: { code: 'project_not_found', detail: 'The id in the path is not one Anchor gives out.' } });
});

void t.test('nobody gets in with what is no proof', async (t) => {
  const everything: readonly Grant[] = [{ project: '*', role: 'admin' }];
  const good = await surface.token(everything);
  const issuer = await startIssuer(t);
  const jwts = jwtCallers(issuer.options, systemClock());
  const expiresAt = Date.now() + 50;
  const expired = await surface.token(everything, { expiresAt });
  while (Date.now() <= expiresAt) await new Promise(setImmediate);
  const rows: [string, Authenticate, string | undefined][] = [
    ['no token', surface.byToken, undefined],
    ['a token that has expired', surface.byToken, expired],
    ['a token that was deleted', surface.byToken, await surface.revoked(everything)],
    ['a token that was tampered with', surface.byToken, good.replace(/.$/, 'f')],
    ['a JWT where tokens are taken', surface.byToken, await issuer.sign({ grants: everything })],
    ['a token where JWTs are taken', jwts, good],
    ['no JWT', jwts, undefined],
    ...Object.entries(await issuer.forgeries(everything)).map(([name, token]): [string, Authenticate, string] =>
      [`a JWT ${name}`, jwts, token]),
  ];
  t.ok(kinds.length > 10 && kinds.length < closed.length / 2, 'each kind, and not each route');
  for (const [name, authenticate, token] of rows) {
    surface.authenticate = authenticate;
    const mistakes: string[] = [];
    // Without a token it is every route, with one a route of each kind.
    for (const route of FULL || token === undefined ? closed : kinds) {
      const { status, reached, payload } = await ask(route.request(String(OWN)), token);
      if (status !== 401 || reached || (token !== undefined && payload.includes(token))) mistakes.push(`${route.name}: ${status} ${payload}`);
    }
    t.strictSame(mistakes, [], name);
  }
  surface.authenticate = jwts;
  t.ok((await ask({ method: 'GET', url: '/tokens' }, await issuer.sign({ grants: everything }))).reached, 'and with proof one does');
});

void t.test('what is open to all asks nobody who they are', async (t) => {
  surface.authenticate = () => Promise.reject(new Error('nobody is asked'));
  const open = table.filter(({ row }) => row === 'open');
  t.ok(open.length > 10);
  for (const { name, request } of open) t.ok((await ask(request(String(OWN)))).status < 400, name);
  t.match(await ask({ method: 'GET', url: '/nowhere' }), { status: 404, problem: { code: 'route_not_found' } });
  t.match(await ask({ method: 'PUT', url: '/tokens' }), { status: 405 });
});

void t.test('the documentation is for callers where the configuration says so', async (t) => {
  const closedDocs = await surface.build({ docs: 'callers' });
  t.after(() => closedDocs.close());
  surface.authenticate = surface.byToken;
  const headers = { authorization: `Bearer ${await surface.token([{ project: String(OWN), role: 'viewer' }])}` };
  for (const url of ['/docs', '/docs/json', '/docs/static/index.css', '/docs/static/theme/anchor.css', '/openapi.json']) {
    t.equal((await closedDocs.inject(url)).statusCode, 401, url);
    t.equal((await closedDocs.inject({ url, headers })).statusCode, 200, url);
  }
  t.equal((await closedDocs.inject('/healthz')).statusCode, 200);
});

void t.test('functions and distribution are the installation\'s to give', async (t) => {
  surface.authenticate = surface.byToken;
  const patch = async (grants: readonly Grant[], body: object) =>
    ask({ method: 'PATCH', url: `/projects/${OWN}`, payload: body }, await surface.token(grants));
  const own: readonly Grant[] = [{ project: String(OWN), role: 'admin' }, { project: '*', role: 'deployer' }];
  t.match(await patch(own, { name: 'Shop', cache: { invalidate: true }, onDomainDrift: 'report' }), { reached: true });
  for (const name of ['serverFunctionName', 'imageFunctionName', 'distributionId', 'distributionDomain', 'edge']) {
    for (const value of ['anchor', null, 7]) {
      t.match(await patch(own, { [name]: value }), { status: 403, reached: false, problem: { code: 'grant_missing' } }, name);
    }
    t.match(await patch([{ project: '*', role: 'admin' }], { [name]: null }), { reached: true });
  }
});

void t.test('a route that says nothing of its callers does not start', async (t) => {
  const declaring = async (url: string, grant?: 'viewer' | 'known' | 'open') => {
    const bare = Fastify();
    requireGrants(bare);
    bare.get(url, { ...(grant && { config: { grant } }) }, async () => 'ok');
    await bare.ready();
  };
  await t.rejects(declaring('/a'), { message: /^GET \/a declares no grant: who may use it\?/ });
  await t.rejects(declaring('/a', 'viewer'), { message: /declares "viewer" without :projectId in its path/ });
  await t.rejects(declaring('/projects/:projectId', 'known'), { message: /declares "known" although it is inside a project/ });
  await t.rejects(declaring('/projects/:projectId/x', 'open'), { message: /although it is inside a project/ });
});
