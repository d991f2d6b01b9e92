import { Writable } from 'node:stream';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import t from 'tap';
import { acmCertificates } from '../../src/adapters/aws/acm-certificates.ts';
import { createAwsClients } from '../../src/adapters/aws/aws-clients.ts';
import { cloudFrontTenants } from '../../src/adapters/aws/cloudfront-tenants.ts';
import { createTables } from '../../src/adapters/dynamodb/create-tables.ts';
import { EnvironmentSchema, loadConfig, type Config } from '../../src/config.ts';
import type { Hostname } from '../../src/domain/hostname.ts';
import type { Event } from '../../src/domain/event.ts';
import { logTroubles } from '../../src/log-troubles.ts';
import { createLogger } from '../../src/logger.ts';
import { FOLLOW_SETTINGS } from '../../src/operations/follow-events.ts';
import { CloudError } from '../../src/ports/cloud-error.ts';
import { TABLES, type StoreName } from '../../src/ports/stores.ts';
import { dueSweep } from '../../src/worker/due-sweep.ts';
import { createWorker } from '../../src/worker/worker.ts';
import { calledActions, TABLE_MAKER } from '../support/called-actions.ts';
import { Evaluation, type Json, type JsonMap } from '../support/cloudformation.ts';
import { httpWorld } from '../support/http-world.ts';
import {
  allowed, containerOf, GIVEN, list, map, OIDC, readFromRoot, service, serviceText, statementsOf, strings, tables, tablesText, usual,
} from '../support/infra-templates.ts';

void t.test('the tables are those that the code makes', async (t) => {
  const { Resources } = tables;
  const evaluation = new Evaluation(tables, {});
  const made = await tablesOfTheCode();
  t.same(Object.keys(Resources).length, Object.keys(TABLES).length);
  for (const [logicalId, { Type, DeletionPolicy, UpdateReplacePolicy }] of Object.entries(Resources)) {
    const {
      TableName, TimeToLiveSpecification, PointInTimeRecoverySpecification, SSESpecification, DeletionProtectionEnabled, Tags,
      ...creation
    } = evaluation.properties(logicalId);
    t.same({ ...creation, TimeToLiveSpecification }, made.get(TableName as string), `${TableName as string}: keys, indexes, expiry`);
    t.match(
      { Type, DeletionPolicy, UpdateReplacePolicy, PointInTimeRecoverySpecification, SSESpecification, DeletionProtectionEnabled, Tags },
      {
        Type: 'AWS::DynamoDB::Table', DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain', DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true }, SSESpecification: { SSEEnabled: true },
      },
      'what is kept is not lost');
  }
});

/** What `npm run tables` asks DynamoDB for, by the table's name. */
async function tablesOfTheCode(): Promise<Map<string, object>> {
  const made = new Map<string, object>();
  const send = async ({ constructor, input }: { constructor: { name: string }; input: { TableName: string } & Record<string, unknown> }) => {
    const { TableName, ...rest } = input;
    switch (constructor.name) {
      case 'DescribeTableCommand':
        if (!made.has(TableName)) throw Object.assign(new Error('none'), { name: 'ResourceNotFoundException' });
        return { Table: { TableStatus: 'ACTIVE' } };
      case 'CreateTableCommand': made.set(TableName, { ...rest, TimeToLiveSpecification: undefined }); break;
      case 'UpdateTimeToLiveCommand': made.set(TableName, { ...made.get(TableName), ...rest }); break;
    }
    return {};
  };
  const names = Object.fromEntries(Object.keys(TABLES).map((name) => [name, `anchor-${name}`])) as Record<StoreName, string>;
  await createTables({ send } as unknown as DynamoDBClient, names);
  return made;
}

const configOf = (given: Record<string, string>): Config => loadConfig(containerOf(new Evaluation(service, { ...GIVEN, ...given })).env);

void t.test('the task is given settings that there are, with which the server starts', async (t) => {
  const { env, secrets } = containerOf(new Evaluation(service, { ...GIVEN, AdminTokenSha256: 'a'.repeat(64) }));
  t.ok(Object.keys(env).length > 30);
  t.same([...Object.keys(env), ...secrets].filter((name) => !(name in EnvironmentSchema.properties)), []);
  t.same(secrets, ['ADMIN_TOKEN_SHA256']);
  t.same(containerOf(usual).secrets, [], 'no secret where none is given');

  const config = loadConfig(env);
  t.match(config, {
    cloud: 'aws', host: '0.0.0.0', store: 'dynamodb', auth: { mode: 'token' }, aws: { region: 'eu-central-1' },
    limits: { docs: 'callers', trustedProxies: [GIVEN.VpcCidr] }, platformDomains: [GIVEN.DomainName],
  });
  t.equal(config.aws.endpoint, undefined);
  t.same(Object.values(config.tableNames).sort(), Object.keys(tables.Resources)
    .map((id) => new Evaluation(tables, {}).properties(id)['TableName']).sort(), 'the tables of the other template');
  t.match(configOf({ ...OIDC, OidcGrantsClaim: 'roles' }).auth, { mode: 'oidc', jwt: { audience: 'anchor', grantsClaim: 'roles' } });
  t.match(configOf({
    EdgeMode: 'tenant', TenantDistributionId: 'E3', TenantRoutingEndpoint: 'd1.cloudfront.net', TenantConnectionGroupId: 'cg_1',
    DistributionId: 'E2', DistributionDomain: 'd2.cloudfront.net', TablePrefix: 'restored', PlatformDomains: 'example.net',
  }), {
    defaults: { edgeMode: 'tenant', distributionId: 'E2', tenants: { distributionId: 'E3', connectionGroupId: 'cg_1' } },
    tableNames: { projects: 'restored-projects' }, platformDomains: [GIVEN.DomainName, 'example.net'],
  });
});

void t.test('what the server would not start with, the template refuses before', async (t) => {
  const rows: readonly (readonly [string, Record<string, string>])[] = [
    ['OidcIsWhole', { ...OIDC, OidcAudience: '' }],
    ['TokensAreWhole', { OidcGrantsClaim: 'roles' }],
    ['DistributionIsWhole', { DistributionId: 'E2' }],
    ['TenantsAreWhole', { TenantDistributionId: 'E3' }],
    ['TenantsAreWhole', { TenantConnectionGroupId: 'cg_1' }],
  ];
  for (const [rule, given] of rows) {
    t.same(new Evaluation(service, { ...GIVEN, ...given }).brokenRules(), [rule], JSON.stringify(given));
    t.throws(() => configOf(given), { name: 'ConfigError' });
  }
  t.same(new Evaluation(service, { ...GIVEN, ...OIDC, AdminTokenSha256: 'a'.repeat(64) }).brokenRules(), ['OidcIsWhole']);
  for (const given of [{}, OIDC]) t.same(new Evaluation(service, { ...GIVEN, ...given }).brokenRules(), []);
});

void t.test('the server may do what it does, to what it does it to', async (t) => {
  const statements = statementsOf(usual, 'TaskRole');
  t.ok(statements.every(({ Effect }) => Effect === 'Allow'));
  t.same([...new Set(statements.flatMap(({ Action }) => strings(Action)))].sort(), await calledActions([TABLE_MAKER]),
    'the actions are the calls of the adapters');
  t.notOk((await readFromRoot('src/compose.ts')).includes('create-tables'), 'tables are not made by the server');

  const withAcls = statementsOf(new Evaluation(service, { ...GIVEN, WebAclArns: 'arn:aws:wafv2:us-east-1:1:global/webacl/a/1' }), 'TaskRole');
  t.same(withAcls.filter(({ Sid }) => !statements.some((each) => each.Sid === Sid)).map(({ Action }) => Action), ['wafv2:GetWebACL']);

  const account = 'arn:aws:dynamodb:eu-central-1:123456789012:table';
  const records = Object.entries(TABLES).flatMap(([name, { indexes }]) => [
    ...['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query'].map((action) => `dynamodb:${action} ${account}/anchor-${name}`),
    ...Object.keys(indexes).map((index) => `dynamodb:Query ${account}/anchor-${name}/index/${index}`),
  ]);
  const all = allowed(statements);
  t.same(all.filter((line) => line.startsWith('dynamodb:')).sort(), records.sort(), 'each table and each index by name');

  t.same(all.filter((line) => line.endsWith(' *')).sort(),
    ['acm:ListCertificates *', 'acm:RequestCertificate *', 'cloudfront:CreateDistributionTenant *'],
    'everything is named but where AWS knows no resource');
  for (const line of all.filter((each) => each.startsWith('acm:') && !each.endsWith(' *'))) {
    t.match(line, / arn:aws:acm:us-east-1:123456789012:certificate\/\*$/);
  }
  const functions = GIVEN.FunctionArns.split(',');
  t.same([...new Set(all.filter((line) => line.startsWith('lambda:')).map((line) => line.split(' ')[1]))].sort(),
    functions.flatMap((arn) => [arn, `${arn}:*`]).sort());
  t.ok(all.includes(`cloudfront:UpdateDistribution ${GIVEN.DistributionArns}`));
});

void t.test('the conditions on what may be made hold for what the server makes', async (t) => {
  const sent: { readonly [command: string]: JsonMap } = await creations();
  const conditionsOf = (action: string) => statementsOf(usual, 'TaskRole')
    .filter(({ Action }) => strings(Action).includes(action)).map(({ Condition }) => Condition?.['StringEquals'] ?? {});
  const tags = (input: JsonMap | undefined) => Object.fromEntries(
    list(Array.isArray(input?.['Tags']) ? input['Tags'] : map(input?.['Tags'])['Items'])
      .map((tag) => [`aws:RequestTag/${map(tag)['Key'] as string}`, map(tag)['Value']]));
  const { RequestCertificate: certificate, CreateDistributionTenant: tenant } = sent;
  const clients = createAwsClients({ ...loadConfig(containerOf(usual).env).aws });
  const ofCertificate = {
    'aws:RequestedRegion': await clients.acm.config.region(),
    'acm:ValidationMethod': certificate?.['ValidationMethod'], 'acm:KeyAlgorithm': certificate?.['KeyAlgorithm'], ...tags(certificate),
  };
  clients.destroy();
  t.match(ofCertificate, conditionsOf('acm:RequestCertificate')[0] ?? {});
  t.match(ofCertificate, conditionsOf('acm:ListCertificates')[0] ?? {});
  t.match(tags(certificate), conditionsOf('acm:AddTagsToCertificate')[0] ?? {});
  t.match(tags(tenant), conditionsOf('cloudfront:CreateDistributionTenant')[0] ?? {});
  t.match(tags(tenant), conditionsOf('cloudfront:TagResource')[0] ?? {});

  const own = { 'aws:ResourceTag/ManagedBy': 'anchor-deploy' };
  for (const action of ['acm:DeleteCertificate', 'cloudfront:UpdateDistributionTenant', 'cloudfront:DeleteDistributionTenant']) {
    t.same(conditionsOf(action), [own], `${action}: what it made itself alone`);
  }
  t.equal(tags(certificate)['aws:RequestTag/ManagedBy'], own['aws:ResourceTag/ManagedBy']);
  t.equal(tags(tenant)['aws:RequestTag/ManagedBy'], own['aws:ResourceTag/ManagedBy']);
});

/** What the adapters send when they make something. */
async function creations(): Promise<Record<string, JsonMap>> {
  const sent: Record<string, JsonMap> = {};
  const client = {
    send: async ({ constructor, input }: { constructor: { name: string }; input: JsonMap }) => {
      sent[constructor.name.replace('Command', '')] = input;
      throw new CloudError({ kind: 'refused', service: 'test', operation: 'test', awsName: 'Enough', message: 'enough' });
    },
  } as never;
  await acmCertificates(client).request({ names: ['a.example'], token: 't', projectId: 'p' }).catch(() => undefined);
  await cloudFrontTenants(client).create({
    name: 'n', distributionId: 'E3', domain: 'a.example' as Hostname, certificateArn: 'arn', projectId: 'p',
  }).catch(() => undefined);
  return sent;
}

void t.test('ECS may start the task and no more', async (t) => {
  const actions = (given: Record<string, string>) => allowed(statementsOf(new Evaluation(service, { ...GIVEN, ...given }), 'ExecutionRole'));
  const streams = 'arn:aws:logs:eu-central-1:123456789012:log-group:<LogGroup>:log-stream:*';
  const log = [`logs:CreateLogStream ${streams}`, `logs:PutLogEvents ${streams}`];
  t.same(actions({}), log);
  const repository = 'arn:aws:ecr:eu-central-1:123456789012:repository/anchor';
  t.same(actions({ ImageRepositoryArn: repository, AdminTokenSha256: 'a'.repeat(64) }), [
    ...log, `ecr:BatchCheckLayerAvailability ${repository}`, `ecr:BatchGetImage ${repository}`,
    `ecr:GetDownloadUrlForLayer ${repository}`, 'ecr:GetAuthorizationToken *', 'secretsmanager:GetSecretValue <AdminTokenSecret>',
  ]);
});

void t.test('load balancer and task agree with the server', async (t) => {
  const { app } = await httpWorld(t);
  const { env, definition } = containerOf(usual);
  const config = loadConfig(env);
  const target = usual.properties('TargetGroup');
  const seconds = (id: string, attributes: string, key: string) =>
    Number(list(usual.properties(id)[attributes]).map(map).find(({ Key }) => Key === key)?.['Value']);
  t.same(target['HealthCheckPath'], '/readyz');
  for (const path of ['/readyz', '/healthz']) t.ok(app.hasRoute({ method: 'GET', url: path }), path);
  t.match(JSON.stringify(definition['HealthCheck']), new RegExp(`127\\.0\\.0\\.1:${config.port}/healthz`));

  const idleMs = seconds('LoadBalancer', 'LoadBalancerAttributes', 'idle_timeout.timeout_seconds') * 1000;
  t.ok(idleMs > 2 * FOLLOW_SETTINGS.idleMs, 'a stream with nothing to tell is not cut off');
  t.ok(idleMs < app.server.keepAliveTimeout, 'the server closes no connection that the load balancer is about to use');

  const graceMs = Number(/GRACE_MS = ([\d_]+)/.exec(await readFromRoot('src/main.ts'))?.[1]?.replaceAll('_', ''));
  const drainMs = config.drainDelayMs;
  const deregistrationMs = seconds('TargetGroup', 'TargetGroupAttributes', 'deregistration_delay.timeout_seconds') * 1000;
  t.equal(definition['StopTimeout'], 30);
  t.ok(drainMs > 0 && drainMs < deregistrationMs && deregistrationMs < graceMs && graceMs < 30_000,
    `${drainMs} < ${deregistrationMs} < ${graceMs} < 30000`);
  t.ok(config.switching.budgetMs + drainMs < graceMs, 'a rollback that has begun can end');

  const ports = [target['Port'], map(list(definition['PortMappings'])[0])['ContainerPort'],
    map(list(usual.properties('TaskSecurityGroup')['SecurityGroupIngress'])[0])['FromPort'],
    usual.properties('LoadBalancerToTasks')['FromPort'], map(list(usual.properties('Service')['LoadBalancers'])[0])['ContainerPort']];
  t.same(new Set(ports), new Set([config.port]));
});

void t.test('the service runs twice at least, and the task can change nothing of itself', async (t) => {
  const { definition } = containerOf(usual);
  t.match(service.Parameters['DesiredCount'], { Default: 2, MinValue: 2 });
  t.match(usual.properties('Service'), {
    DesiredCount: '2',
    DeploymentConfiguration: {
      MinimumHealthyPercent: 100, MaximumPercent: 200, DeploymentCircuitBreaker: { Enable: true, Rollback: true },
    },
  });
  t.match(definition, {
    ReadonlyRootFilesystem: true, User: '1000:1000', LinuxParameters: { Capabilities: { Drop: ['ALL'] } },
  });
  t.match(await readFromRoot('Dockerfile'), /^USER node$/m);
  t.equal(definition['MountPoints'], undefined, 'nothing is written with the tables on DynamoDB');
  t.match(usual.properties('HttpsListener'), { Protocol: 'HTTPS', Port: 443, SslPolicy: /TLS13/ });
  t.match(usual.properties('HttpListener'), { DefaultActions: [{ Type: 'redirect', RedirectConfig: { Protocol: 'HTTPS' } }] });
});

void t.test('alarms hear what the server says', async (t) => {
  const lines: JsonMap[] = [];
  const logger = createLogger('info', { destination: new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(JSON.parse(chunk.toString()) as JsonMap);
      done();
    },
  }) });
  await sayEverything(logger);
  const heard = Object.entries(service.Resources).filter(([, { Type }]) => Type === 'AWS::Logs::MetricFilter').map(([id]) => {
    const pattern = usual.properties(id)['FilterPattern'] as string;
    return [id, lines.filter((line) => matches(pattern, line)).map((line) => line['event'] ?? map(line['err'])['kind'] ?? line['step'])];
  });
  t.same(Object.fromEntries(heard), {
    FailedSwitchesFilter: ['operation.failed', 'operation.undone'],
    RenewalAtRiskFilter: ['domain.renewal_at_risk'],
    DriftFoundFilter: ['drift.found', 'domain.drift_found'],
    AccessDeniedFilter: ['denied'],
    BackgroundFailuresFilter: ['whole', 'item'],
  });
});

/** Everything that the filters listen to, through the code that says it, and something besides. */
async function sayEverything(logger: ReturnType<typeof createLogger>): Promise<void> {
  const event = (type: Event['type'], data: object) => ({ type, data, projectId: 'p', eventId: '1' }) as Event;
  logTroubles(logger, [
    event('operation.started', {}), event('operation.failed', { cause: 'no' }), event('operation.undone', {}),
    event('domain.renewal_at_risk', { message: 'm' }), event('drift.found', {}), event('domain.drift_found', {}),
    event('domain.removed', {}),
  ]);
  const failed = (kind: 'denied' | 'throttled') => new CloudError({ kind, service: 'acm', operation: 'o', awsName: 'n', message: 'm' });
  for (const kind of ['denied', 'throttled'] as const) logger.warn({ err: failed(kind) }, 'an AWS call failed; it is tried again');
  const clock = { now: () => 0, sleep: async () => undefined };
  let given = false;
  const table = { query: async () => (given ? [] : (given = true, [{ revision: 1 }])) } as never;
  const item = dueSweep({
    name: 'item', table, keyOf: () => ({}), clock, concurrency: 1, log: logger, pass: async () => { throw new Error('no'); },
  });
  const whole = { name: 'whole', run: async () => { throw new Error('no'); } };
  await createWorker({ steps: [whole, item], clock, intervalMs: 1, log: logger }).runUntilIdle(1);
}

/** As CloudWatch reads `{ ($.a.b = "x") || ($.c = "y") }`. */
function matches(pattern: string, line: JsonMap): boolean {
  return pattern.replace(/^\{ | \}$/g, '').split(' || ').some((term) => {
    const [, path = '', wanted] = /^\(?\$\.([\w.]+) = "([^"]*)"\)?$/.exec(term) ?? [];
    if (wanted === undefined) throw new Error(`this test cannot read ${term}`);
    const found = path.split('.').reduce<Json | undefined>((value, key) => (value as JsonMap | undefined)?.[key], line);
    return found === wanted;
  });
}

void t.test('throttling is seen on every table, and every alarm reaches the topic', async (t) => {
  const topic = 'arn:aws:sns:eu-central-1:123456789012:alarms';
  const told = new Evaluation(service, { ...GIVEN, AlarmTopicArn: topic });
  const ids = Object.entries(service.Resources).filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm').map(([id]) => id);
  const alarms = ids.map((id) => told.properties(id));
  for (const { AlarmName, AlarmActions } of alarms) t.same(AlarmActions, [topic], AlarmName as string);
  t.equal(usual.properties('NobodyServesAlarm')['AlarmActions'], undefined);
  const watched = alarms.flatMap(({ Metrics }) => (Metrics === undefined ? [] : list(Metrics)))
    .flatMap((each) => (map(each)['MetricStat'] === undefined ? [] : [map(map(map(each)['MetricStat'])['Metric'])]))
    .map(({ MetricName, Dimensions }) => `${MetricName as string} ${map(list(Dimensions)[0])['Value'] as string}`);
  t.same(watched.sort(), Object.keys(TABLES)
    .flatMap((name) => ['ReadThrottleEvents', 'WriteThrottleEvents'].map((metric) => `${metric} anchor-${name}`)).sort());

  const text = await readFromRoot('docs/operations.md');
  for (const { AlarmName } of alarms) t.match(text, `### \`${(AlarmName as string).replace('anchor-', '')}\``);
});

void t.test('the templates can be given as they are, and the guide gives every parameter there has to be', async (t) => {
  for (const text of [tablesText, serviceText]) t.ok(Buffer.byteLength(text) <= 51_200, 'no bucket is needed');
  const guide = await readFromRoot('docs/operations.md');
  const [, deploy = ''] = /--template-file infra\/service\.yaml([\s\S]*?)```/.exec(guide) ?? [];
  const given = [...deploy.matchAll(/^ +([A-Z]\w+)=/gm)].map(([, name = '']) => name);
  t.same(given.filter((name) => !(name in service.Parameters)), []);
  const needed = Object.entries(service.Parameters).filter(([, { Default }]) => Default === undefined).map(([name]) => name);
  t.same(needed.filter((name) => !given.includes(name)), []);
  for (const [, name = ''] of guide.matchAll(/`([A-Z][a-z]\w+)=/g)) t.ok(name in service.Parameters, name);

  const [, restored = ''] = /for table in (projects [\s\S]*?); do/.exec(guide) ?? [];
  t.same(restored.split(/[\s\\]+/), Object.keys(TABLES), 'every table is restored');
  const expiring = Object.entries(TABLES).filter(([, table]) => 'expiresAtSeconds' in table);
  for (const [name, { expiresAtSeconds }] of expiring as [string, { expiresAtSeconds: string }][]) {
    t.match(guide, new RegExp(`\\b${name}\\b[^#]*?AttributeName=${expiresAtSeconds}\\b`), `${name} expires again`);
  }
});
