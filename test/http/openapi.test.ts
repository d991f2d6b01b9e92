import { readFile } from 'node:fs/promises';
import Fastify from 'fastify';
import t from 'tap';
import type { Test } from 'tap';
import pkg from '../../package.json' with { type: 'json' };
import { openApiDocument, openApiYaml } from '../../src/http/openapi-document.ts';
import { nameSchemas } from '../../src/http/name-schemas.ts';
import { requireDescriptions } from '../../src/http/plugins/described-routes.ts';
import { httpWorld } from '../support/http-world.ts';

interface Described { readonly description?: string; readonly summary?: string }
interface Schema extends Described {
  readonly $ref?: string;
  readonly type?: unknown;
  readonly items?: Schema;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
}
interface Media { readonly schema: Schema; readonly example?: unknown; readonly examples?: Readonly<Record<string, { readonly value: unknown }>> }
interface Parameter extends Described {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly example?: unknown;
  readonly schema: Schema;
}
interface Link extends Described {
  readonly operationId: string;
  readonly parameters?: Readonly<Record<string, string>>;
}
interface Response extends Described {
  readonly content?: Readonly<Record<string, Media>>;
  readonly links?: Readonly<Record<string, Link>>;
}
interface Operation extends Described {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, Response>>;
}
interface Document {
  readonly openapi: string;
  readonly info: { readonly version: string };
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

void t.test('openapi.yaml is what the routes say', async (t) => {
  const written = await readFile(new URL('../../openapi.yaml', import.meta.url), 'utf8');
  t.ok(written === await openApiYaml(), 'run `npm run openapi` after a change of a route or schema');
  t.notOk(/^ *(?:- |[\w-]+: )(?:y|n|yes|no|on|off)$/im.test(written), 'nothing stands bare that is a boolean in YAML 1.1');
});

void t.test('the document leaves nothing undescribed', async (t) => {
  const { app } = await httpWorld(t);
  const response = await app.inject('/openapi.json');
  t.match(response.headers['content-type'], /^application\/json/);
  const document = response.json<Document>();
  t.equal(document.openapi, '3.1.0');
  t.equal(document.info.version, pkg.version);

  const tags = document.tags.map(({ name }) => name);
  const operations = operationsOf(document);
  const ids = operations.map(({ operationId }) => operationId);
  t.equal(new Set(ids).size, ids.length, 'every operationId is used once');
  for (const operation of operations) describedOperation(t, operation, tags);
  for (const [name, schema] of Object.entries(document.components.schemas)) {
    t.match(name, /^[A-Z][A-Za-z]+$/);
    t.ok(schema.description, `${name} has a description`);
    for (const [property, { $ref, description, examples }] of Object.entries(schema.properties ?? {})) {
      t.ok($ref ?? description, `${name}.${property} has a description`);
      const composed = /^(steps|errors|checks|effective|dnsValidation)$/.test(property);
      t.ok($ref ?? examples ?? composed, `${name}.${property} has an example`);
    }
  }
  t.match((await app.inject('/docs/yaml')).payload, '- "off"');
  await t.test('and generated clients are given names to read', async (t) => namedForClients(t, document));
});

function operationsOf({ paths }: Pick<Document, 'paths'>): Operation[] {
  return Object.values(paths).flatMap((path) => Object.values(path));
}

function describedOperation(t: Test, operation: Operation, tags: readonly string[]): void {
  const { operationId, parameters = [], requestBody, responses } = operation;
  t.match(operationId, /^[a-z][A-Za-z]+$/);
  t.ok(operation.summary && operation.description, `${operationId} has a summary and a description`);
  t.ok(operation.tags.length === 1 && tags.includes(operation.tags[0] ?? ''), `${operationId} has a known tag`);
  for (const { name, in: part, description, example, schema } of parameters) {
    t.ok(description, `${operationId}: ${name} has a description`);
    // An example of its own is filled in by Swagger UI, and sent: a cursor, a filter or a used key that nobody meant.
    t.equal(example !== undefined, part === 'path', `${operationId}: ${name} is filled in when it has to be given`);
    t.ok(example ?? schema.examples?.[0], `${operationId}: ${name} has an example`);
  }
  const inPath = parameters.map(({ in: place }) => place).filter((place) => place === 'path');
  const needed = parameters.filter(({ required }) => required).map(({ in: place }) => place);
  const first = parameters.slice(0, inPath.length).map(({ in: place }) => place);
  t.strictSame([needed, first], [inPath, inPath], `${operationId} needs what is in its path, which comes first, and nothing else`);
  for (const media of Object.values(requestBody?.content ?? {})) {
    t.ok(media.schema.$ref && media.example, `${operationId}: the body has a name and an example`);
  }
  for (const [status, { description, content }] of Object.entries(responses)) {
    t.ok(description && description !== 'Default Response', `${operationId}: ${status} is described`);
    for (const [type, media] of Object.entries(content ?? {})) {
      t.ok(media.example ?? media.examples, `${operationId}: ${status} has an example`);
      const right = Number(status) < 400 ? ['application/json', 'text/event-stream'] : ['application/problem+json'];
      t.ok(right.includes(type), `${operationId}: ${status} is ${type}`);
    }
  }
  if (operation.tags[0] !== 'Health') t.ok(responses[401], `${operationId} can be refused`);
}

function namedForClients(t: Test, { paths, components }: Document): void {
  const routes = Object.values(paths).flatMap((path) => Object.entries(path));
  for (const [method, { operationId, responses }] of routes) {
    t.match(operationId, /^[a-z]+([A-Z][a-z]+)+$/);
    const answers = Object.entries(responses)
      .flatMap(([status, { content = {} }]) => Object.values(content).map(({ schema }) => ({ status: Number(status), schema })));
    const list = method === 'get' && answers.some(({ schema }) => schema.type === 'array');
    t.equal(operationId.startsWith('list'), list, `${operationId} says whether it answers a list`);
    for (const { status, schema: { $ref, items, type } } of answers) {
      const error = status === 503 && operationId === 'getReadiness' ? 'NotReady' : 'Problem';
      const right = status < 400 ? ($ref ?? items?.$ref) || type === 'string' : $ref === `#/components/schemas/${error}`;
      t.ok(right, `${operationId}: ${status} has a name`);
    }
  }
  t.strictSame(unnamed('', paths), [], 'nothing with properties, and no choice of words, is without a name; and integers are long enough');
  t.strictSame(Object.entries(components.schemas).flatMap(([name, { $ref: _, ...schema }]) =>
    Object.entries(schema).flatMap(([key, part]) => unnamed(`${name}.${key}`, part))), []);
  const shapes = Object.values(components.schemas).map((schema) => JSON.stringify(schema, withoutWords));
  t.equal(new Set(shapes).size, shapes.length, 'nothing has two names');
  t.match(components.schemas['EdgeInput'], { discriminator: { propertyName: 'mode', mapping: {
    distribution: '#/components/schemas/DistributionEdge', tenant: '#/components/schemas/TenantEdge',
  } } });
  t.match(components.schemas['Problem']?.properties?.['code'], { $ref: '#/components/schemas/ProblemCode' });
}

/** Where a generator would have to invent a name, or would make 32 bits of a time. */
function unnamed(place: string, value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const { enum: words, properties, type, format, maximum } = value as Readonly<Record<string, unknown>>;
  const isNameless = (Array.isArray(words) && words.length > 1) || (typeof properties === 'object' && !('$ref' in value));
  const isCut = [type].flat().includes('integer') && format !== 'int64' && Number(maximum ?? Infinity) > 2 ** 31;
  const inside = Object.entries(value).filter(([key]) => key !== 'example' && key !== 'examples');
  return [...isNameless || isCut ? [place] : [], ...inside.flatMap(([key, each]) => unnamed(`${place}.${key}`, each))];
}

function withoutWords(key: string, value: unknown): unknown {
  return (key === 'description' && typeof value === 'string') || key === 'examples' ? undefined : value;
}

void t.test('schemas with the same title are one component, and different ones are refused', async (t) => {
  const color = { title: 'Color', type: 'string', enum: ['red', 'blue'] };
  const car = { type: 'object', properties: { color: { ...color, description: 'What it is painted.' } } };
  const other = { ...color, type: ['string', 'null'], enum: ['red', 'blue', null], description: 'Null: none.' };
  const named = nameSchemas({ components: { schemas: { Car: car } }, paths: { '/cars': { schema: other, examples: [color] } } });
  t.strictSame(named, {
    components: {
      schemas: {
        Color: { type: 'string', enum: ['red', 'blue'], description: 'What it is painted.' },
        Car: { type: 'object', properties: { color: { $ref: '#/components/schemas/Color', description: 'What it is painted.' } } },
      },
    },
    paths: {
      '/cars': { schema: { anyOf: [{ $ref: '#/components/schemas/Color' }, { type: 'null' }], description: 'Null: none.' }, examples: [color] },
    },
  });
  for (const [schemas, paths] of [
    [{ Car: car }, { '/cars': { ...color, enum: ['green'] } }], [{ Color: { type: 'integer' } }, { '/cars': color }],
  ] as const) {
    t.throws(() => nameSchemas({ components: { schemas }, paths }),
      { message: 'Two different schemas have the name Color: give one of them another title.' });
  }
});

void t.test('answers lead on to what can be done with them', async (t) => {
  const operations = operationsOf(await openApiDocument() as Document);
  const byId = new Map(operations.map((operation) => [operation.operationId, operation]));
  const links = operations.flatMap((from) => Object.values(from.responses).flatMap((response) =>
    Object.values(response.links ?? {}).map((link) => ({ from, response, link }))));
  t.ok(links.length > 40);
  const example = ({ content }: Response) => content?.['application/json']?.example ?? content?.['application/json']?.examples?.done?.value;
  const at = (value: unknown, pointer: string) =>
    pointer.split('/').reduce((part, name) => (part as Record<string, unknown> | undefined)?.[name], value);
  for (const { from, response, link: { operationId, description, parameters = {} } } of links) {
    const name = `${from.operationId} to ${operationId}`;
    const target = byId.get(operationId);
    t.ok(target && description, name);
    const needed = (target?.parameters ?? []).filter(({ required }) => required).map((each) => each.name);
    t.ok(needed.every((each) => each in parameters), `${name} gives every parameter that is needed`);
    t.ok(Object.keys(parameters).every((each) => target?.parameters?.some((known) => known.name === each)), `${name} gives no other`);
    for (const expression of Object.values(parameters)) {
      const pointer = /^\$response\.body#\/(.+)$/.exec(expression)?.[1];
      if (pointer !== undefined) t.type(at(example(response), pointer), 'string', `${name}: ${expression}`);
    }
  }
  t.match(byId.get('registerDeployment')?.responses[201]?.links?.getEligibility, {
    operationId: 'getEligibility',
    parameters: { projectId: '$request.path.projectId', deploymentId: '$response.body#/deploymentId' },
  });
  t.equal(byId.get('listDomains')?.responses[200]?.links?.nextPage?.parameters?.cursor, '$response.header.x-next-cursor');
});

void t.test('what the document gives to try can be tried', async (t) => {
  const { components, ...document } = await openApiDocument() as Document;
  const ends = ['PinInput', 'TokenInput'].map((name) => components.schemas[name]?.properties?.expiresAt?.examples?.[0]);
  for (const end of [...ends, (components.schemas.PinInput?.examples?.[0] as { expiresAt: number }).expiresAt]) {
    t.ok(Number(end) > Date.now(), 'what has to lie in the future does');
  }
  for (const { operationId, parameters = [] } of operationsOf(document)) {
    const asked = parameters.filter((each) => each.required && each.in !== 'path').map(({ name }) => name);
    t.strictSame(asked, [], `${operationId} needs no parameter besides its path`);
  }
  const headers = operationsOf(document).flatMap(({ parameters = [] }) => parameters).filter((each) => each.in === 'header');
  t.strictSame([...new Set(headers.map(({ name }) => name))].sort(), ['idempotency-key', 'last-event-id'],
    'and no header that OpenAPI says is ignored, such as Accept');
});

void t.test('/docs works from this server alone, over plain http', async (t) => {
  const { app } = await httpWorld(t);
  const page = await app.inject('/docs');
  t.equal(page.statusCode, 200);
  t.equal(page.headers['x-content-type-options'], 'nosniff');
  const policy = String(page.headers['content-security-policy']);
  t.match(policy, "default-src 'self'");
  t.notMatch(policy, /upgrade-insecure-requests|https?:/);
  const assets = [...page.payload.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => String(url));
  t.ok(assets.length >= 5);
  for (const url of assets) t.equal((await app.inject(url)).statusCode, 200, url);
  t.match((await app.inject('/docs/static/swagger-initializer.js')).payload, '"validatorUrl":null');
  t.equal((await app.inject('/docs/json')).json<Document>().openapi, '3.1.0');
});

void t.test('a route that cannot be described does not start', async (t) => {
  const app = Fastify();
  t.after(() => app.close());
  requireDescriptions(app);
  const schema = { operationId: 'a', summary: 'A', tags: ['x'], response: {} };
  app.get('/described', { schema }, async () => 'ok');
  app.get('/hidden', { schema: { hide: true } }, async () => 'ok');
  t.throws(() => app.get('/bare', async () => 'ok'),
    { message: 'GET /bare has no operationId, summary, tags, response in its schema' });
  t.throws(() => app.get('/untagged', { schema: { ...schema, tags: [] } }, async () => 'ok'),
    { message: 'GET /untagged has no tags in its schema' });
  t.throws(() => app.post('/again', { schema }, async () => 'ok'),
    { message: 'POST /again and GET /described share the operationId a' });
});
