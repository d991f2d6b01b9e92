import t from 'tap';
import { ConfigError, loadConfig } from '../src/config.ts';

void t.test('configuration', async (t) => {
  t.test('without any variable: the embedded default', async (t) => {
    const config = loadConfig({});
    t.match(config, { cloud: 'local', store: 'sqlite', host: '127.0.0.1', port: 3000, embedsCloud: true, worker: { intervalMs: 500 } });
    t.ok(Object.isFrozen(config));
    t.equal(config.switching.aliasName, 'live');
  });

  t.test('numbers are read from their text, empty variables count as missing', async (t) => {
    t.match(loadConfig({ PORT: '0', STORE: '', LOCAL_DEPLOY_TIME_MS: '250' }),
      { port: 0, store: 'sqlite', localCloud: { settings: { deployTimeMs: 250 } } });
  });

  t.test('the platform\'s own names are read as a list', async (t) => {
    t.same(loadConfig({}).platformDomains, []);
    t.same(loadConfig({ PLATFORM_DOMAINS: ' Anchor.example, *.sites.example,, ' }).platformDomains, ['anchor.example', 'sites.example']);
    t.equal(loadConfig({ CHALLENGE_MS: '3600000' }).domains.challengeMs, 3_600_000);
  });

  t.test('an endpoint of its own means that no cloud is embedded', async (t) => {
    t.match(loadConfig({ AWS_ENDPOINT_URL: 'http://127.0.0.1:4566' }),
      { embedsCloud: false, aws: { endpoint: 'http://127.0.0.1:4566' } });
  });

  t.test('the embedded cloud is for this machine alone unless it is told to listen everywhere', async (t) => {
    t.equal(loadConfig({}).localCloud.host, '127.0.0.1');
    t.equal(loadConfig({ LOCAL_HOST: '0.0.0.0' }).localCloud.host, '0.0.0.0');
    t.throws(() => loadConfig({ LOCAL_HOST: '192.0.2.1' }), /LOCAL_HOST/);
  });

  t.test('what follows a switch has a pace by cloud, and probes go to the public Internet alone on AWS', async (t) => {
    const aws = { CLOUD: 'aws', STORE: 'sqlite', AWS_REGION: 'us-east-1', ADMIN_TOKEN_SHA256: 'ab'.repeat(32) };
    t.match(loadConfig({}), {
      probe: { allowPrivate: true, connectTo: undefined, timeoutMs: 5_000 },
      switching: { followUps: { aliasCheckMs: 5_000, probeIntervalMs: 200, probeTimeLimitMs: 120_000 } },
    });
    t.match(loadConfig(aws), {
      probe: { allowPrivate: false, connectTo: undefined },
      switching: { followUps: { aliasCheckMs: 300_000, probeIntervalMs: 1_000 } },
    });
    const own = { PROBE_ALLOW_PRIVATE: 'true', PROBE_CONNECT_TO: '[::1]:8088', ALIAS_CHECK_MS: '0', PROBE_INTERVAL_MS: '300' };
    t.match(loadConfig({ ...aws, ...own }), {
      probe: { allowPrivate: true, connectTo: { host: '::1', port: 8088 } },
      switching: { followUps: { aliasCheckMs: 0, probeIntervalMs: 300 } },
    });
    t.match(loadConfig({ PROBE_CONNECT_TO: 'edge.internal:80' }), { probe: { connectTo: { host: 'edge.internal', port: 80 } } });
    for (const wrong of ['edge', '::1:80', 'edge:http']) {
      t.throws(() => loadConfig({ PROBE_CONNECT_TO: wrong }), /PROBE_CONNECT_TO/, wrong);
    }
  });

  t.test('domains become names of a distribution unless tenants are asked for', async (t) => {
    t.match(loadConfig({}).defaults, { edgeMode: 'distribution', tenants: undefined });
    const tenants = { TENANT_DISTRIBUTION_ID: 'E2', TENANT_ROUTING_ENDPOINT: 'D2.cloudfront.net' };
    t.strictSame(loadConfig({ EDGE_MODE: 'tenant', ...tenants }).defaults, {
      ...loadConfig({}).defaults, edgeMode: 'tenant', tenants: { distributionId: 'E2', routingEndpoint: 'd2.cloudfront.net' },
    });
    t.match(loadConfig({ ...tenants, TENANT_CONNECTION_GROUP_ID: 'cg_2', TENANT_CHECK_MS: '7' }), {
      defaults: { tenants: { connectionGroupId: 'cg_2' } }, domains: { tenantCheckMs: 7 },
    });
    t.throws(() => loadConfig({ EDGE_MODE: 'both' }), /EDGE_MODE/);
    t.throws(() => loadConfig({ TENANT_DISTRIBUTION_ID: 'E2' }), /TENANT_ROUTING_ENDPOINT belong together/);
    t.throws(() => loadConfig({ TENANT_CONNECTION_GROUP_ID: 'cg_2' }), /TENANT_DISTRIBUTION_ID is missing/);
  });

  t.test('the diagnosis asks public resolvers too, where the cloud is AWS', async (t) => {
    const aws = { CLOUD: 'aws', STORE: 'sqlite', AWS_REGION: 'us-east-1', ADMIN_TOKEN_SHA256: 'ab'.repeat(32) };
    t.same(loadConfig({}).dns.furtherServers, []);
    t.same(loadConfig(aws).dns.furtherServers, ['1.1.1.1', '8.8.8.8']);
    t.same(loadConfig({ ...aws, DIAGNOSIS_DNS_SERVERS: 'none' }).dns.furtherServers, []);
    t.same(loadConfig({ DIAGNOSIS_DNS_SERVERS: '9.9.9.9, 127.0.0.1:5300,' }).dns.furtherServers, ['9.9.9.9', '127.0.0.1:5300']);
  });

  t.test('CLOUD=aws lists every missing variable at once', async (t) => {
    const error = t.throws(() => loadConfig({ CLOUD: 'aws' }), ConfigError) as unknown as ConfigError;
    for (const name of ['ADMIN_TOKEN_SHA256', 'AWS_REGION', 'PROJECTS_TABLE', 'DEPLOYMENTS_TABLE', 'DOMAINS_TABLE',
      'OPERATIONS_TABLE', 'HOSTNAMES_TABLE', 'EDGES_TABLE', 'IDEMPOTENCY_TABLE', 'BUDGETS_TABLE']) {
      t.ok(error.problems.some((problem) => problem.startsWith(`${name} is missing`)), name);
    }
  });

  t.test('CLOUD=aws with what it needs uses DynamoDB', async (t) => {
    const config = loadConfig({
      CLOUD: 'aws', AWS_REGION: 'eu-central-1', ADMIN_TOKEN_SHA256: 'AB'.repeat(32), PROJECTS_TABLE: 'p',
      DEPLOYMENTS_TABLE: 'd', DOMAINS_TABLE: 'n', OPERATIONS_TABLE: 'o', HOSTNAMES_TABLE: 'h', EDGES_TABLE: 'e',
      IDEMPOTENCY_TABLE: 'i', BUDGETS_TABLE: 'b', CLOUDFRONT_DISTRIBUTION_ID: 'E1',
      CLOUDFRONT_DOMAIN: 'D1.cloudfront.net', DNS_SERVERS: '1.1.1.1, 8.8.8.8:53',
    });
    t.match(config, {
      store: 'dynamodb', embedsCloud: false, tableNames: { projects: 'p', edges: 'e' }, worker: { intervalMs: 5000 },
      adminTokenSha256: 'ab'.repeat(32), defaults: { distributionDomain: 'd1.cloudfront.net' },
      dns: { servers: ['1.1.1.1', '8.8.8.8:53'] },
    });
  });

  t.test('SQLite on AWS needs no table names', async (t) => {
    t.equal(loadConfig({ CLOUD: 'aws', STORE: 'sqlite', AWS_REGION: 'us-east-1', ADMIN_TOKEN_SHA256: 'ab'.repeat(32) }).store, 'sqlite');
  });

  t.test('every wrong value is named with what was given', async (t) => {
    const error = t.throws(() => loadConfig({ PORT: 'many', CLOUD: 'azure', ADMIN_TOKEN_SHA256: 'secret' }), ConfigError) as unknown as ConfigError;
    for (const name of ['PORT', 'CLOUD', 'ADMIN_TOKEN_SHA256']) {
      t.ok(error.problems.some((problem) => problem.startsWith(name)), name);
    }
    t.match(error.message, /"many"/);
  });

  t.test('half a distribution is refused', async (t) => {
    t.throws(() => loadConfig({ CLOUDFRONT_DISTRIBUTION_ID: 'E1' }), /belong together/);
  });
});
