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
    for (const name of ['TOKENS_TABLE', 'AWS_REGION', 'PROJECTS_TABLE', 'DEPLOYMENTS_TABLE', 'DOMAINS_TABLE',
      'OPERATIONS_TABLE', 'HOSTNAMES_TABLE', 'EDGES_TABLE', 'IDEMPOTENCY_TABLE', 'BUDGETS_TABLE',
      'EVENTS_TABLE', 'FEEDS_TABLE', 'WEBHOOKS_TABLE', 'DELIVERIES_TABLE']) {
      t.ok(error.problems.some((problem) => problem.startsWith(`${name} is missing`)), name);
    }
  });

  t.test('CLOUD=aws with what it needs uses DynamoDB', async (t) => {
    const config = loadConfig({
      CLOUD: 'aws', AWS_REGION: 'eu-central-1', ADMIN_TOKEN_SHA256: 'AB'.repeat(32), PROJECTS_TABLE: 'p',
      DEPLOYMENTS_TABLE: 'd', DOMAINS_TABLE: 'n', OPERATIONS_TABLE: 'o', HOSTNAMES_TABLE: 'h', EDGES_TABLE: 'e',
      EVENTS_TABLE: 'v', FEEDS_TABLE: 'f', WEBHOOKS_TABLE: 'w', DELIVERIES_TABLE: 'l',
      IDEMPOTENCY_TABLE: 'i', BUDGETS_TABLE: 'b', TOKENS_TABLE: 't', CLOUDFRONT_DISTRIBUTION_ID: 'E1',
      CLOUDFRONT_DOMAIN: 'D1.cloudfront.net', DNS_SERVERS: '1.1.1.1, 8.8.8.8:53',
    });
    t.match(config, {
      store: 'dynamodb', embedsCloud: false, tableNames: { projects: 'p', edges: 'e' }, worker: { intervalMs: 5000 },
      auth: { mode: 'token', adminTokenSha256: 'ab'.repeat(32) }, defaults: { distributionDomain: 'd1.cloudfront.net' },
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
    t.notMatch(error.message, /secret/, 'whoever gives a secret in place of its hash does not find it in a log');
  });

  t.test('a request that outlasts its hold on the project is refused', async (t) => {
    t.throws(() => loadConfig({ OPERATION_BUDGET_MS: '15000' }), /OPERATION_BUDGET_MS \(15000\) must be less than OPERATION_LEASE_MS \(15000\)/);
    t.equal(loadConfig({ OPERATION_BUDGET_MS: '15000', OPERATION_LEASE_MS: '15001' }).switching.budgetMs, 15_000);
  });

  t.test('a local cloud of another process is asked for DNS on a port that is known', async (t) => {
    const shared = { AWS_ENDPOINT_URL: 'http://127.0.0.1:4566', LOCAL_DNS_PORT: '0' };
    t.throws(() => loadConfig(shared), /LOCAL_DNS_PORT is 0: beside AWS_ENDPOINT_URL/);
    t.same(loadConfig({ ...shared, DNS_SERVERS: '127.0.0.1:53' }).dns.servers, ['127.0.0.1:53']);
    t.equal(loadConfig({ ...shared, CLOUD: 'aws', STORE: 'sqlite', AWS_REGION: 'us-east-1' }).embedsCloud, false);
  });

  t.test('half a distribution is refused', async (t) => {
    t.throws(() => loadConfig({ CLOUDFRONT_DISTRIBUTION_ID: 'E1' }), /belong together/);
  });

  t.test('everybody is believed on the local cloud alone, and only until something else is said', async (t) => {
    const aws = { CLOUD: 'aws', STORE: 'sqlite', AWS_REGION: 'us-east-1' };
    t.same(loadConfig({}).auth, { mode: 'none' });
    t.same(loadConfig(aws).auth, { mode: 'token', adminTokenSha256: undefined });
    t.match(loadConfig({ ADMIN_TOKEN_SHA256: 'AB'.repeat(32) }).auth, { mode: 'token', adminTokenSha256: 'ab'.repeat(32) });
    t.match(loadConfig({ AUTH: 'token' }).auth, { mode: 'token' });
    t.throws(() => loadConfig({ ...aws, AUTH: 'none' }), /AUTH is none: with CLOUD=aws/);
    t.throws(() => loadConfig({ AUTH: 'nobody' }), /AUTH/);
  });

  const oidc = {
    AUTH: 'oidc', OIDC_ISSUER: 'https://id.example', OIDC_AUDIENCE: 'anchor', OIDC_JWKS_URL: 'https://id.example/keys',
  };

  t.test('JWTs are checked as the settings say', async (t) => {
    t.same(loadConfig(oidc).auth, {
      mode: 'oidc',
      jwt: {
        issuer: 'https://id.example', audience: 'anchor', jwksUrl: 'https://id.example/keys',
        algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'], clockToleranceSeconds: 5, grantsClaim: 'anchor_grants', callerClaim: 'sub',
      },
    });
    const more = {
      OIDC_ALGORITHMS: 'ES256, ES384', OIDC_CLOCK_TOLERANCE_SECONDS: '0', OIDC_GRANTS_CLAIM: 'https://a.example/grants',
      OIDC_CALLER_CLAIM: 'email', OIDC_JWKS_URL: 'http://127.0.0.1:8080/keys',
    };
    t.match(loadConfig({ ...oidc, ...more }).auth, {
      jwt: {
        algorithms: ['ES256', 'ES384'], clockToleranceSeconds: 0, grantsClaim: 'https://a.example/grants', callerClaim: 'email',
      },
    });
  });

  t.test('proxies are believed by address', async (t) => {
    t.same(loadConfig({ AUTH: 'header', PROXY_ADDRESSES: '10.0.1.7, fd00::/8' }).auth,
      { mode: 'header', proxies: ['10.0.1.7', 'fd00::/8'] });
  });

  t.test('a setting for callers that is missing, broken or of another mode stops the start', async (t) => {
    const rows: [Record<string, string>, RegExp][] = [
      [{ AUTH: 'oidc' }, /OIDC_ISSUER is missing[^]*OIDC_AUDIENCE is missing[^]*OIDC_JWKS_URL is missing/],
      [{ ...oidc, OIDC_JWKS_URL: 'http://id.example/keys' }, /OIDC_JWKS_URL must be an https URL/],
      [{ ...oidc, OIDC_JWKS_URL: 'keys' }, /OIDC_JWKS_URL must be an https URL/],
      [{ ...oidc, OIDC_ALGORITHMS: 'RS256,none' }, /OIDC_ALGORITHMS names none; possible are/],
      [{ ...oidc, OIDC_ALGORITHMS: 'HS256' }, /OIDC_ALGORITHMS names HS256/],
      [{ ...oidc, OIDC_ALGORITHMS: ' , ' }, /OIDC_ALGORITHMS names none/],
      [{ ...oidc, ADMIN_TOKEN_SHA256: 'ab'.repeat(32) }, /ADMIN_TOKEN_SHA256 is set, but AUTH is oidc/],
      [{ AUTH: 'header' }, /PROXY_ADDRESSES is missing/],
      [{ AUTH: 'header', PROXY_ADDRESSES: ',' }, /PROXY_ADDRESSES names no address/],
      [{ AUTH: 'header', PROXY_ADDRESSES: 'proxy.example' }, /proxy\.example is neither an address nor a network/],
      [{ AUTH: 'header', PROXY_ADDRESSES: '10.0.0.0/33' }, /10\.0\.0\.0\/33 has no prefix of 1 to 32/],
      [{ AUTH: 'header', PROXY_ADDRESSES: 'fd00::/x' }, /has no prefix of 1 to 128/],
      [{ AUTH: 'header', PROXY_ADDRESSES: '0.0.0.0/0' }, /0\.0\.0\.0\/0 is everybody/],
      // What was forgotten here is AUTH, and without it everybody would be believed.
      [{ OIDC_ISSUER: 'https://id.example' }, /OIDC_ISSUER is set, but AUTH is none/],
      [{ PROXY_ADDRESSES: '10.0.0.1' }, /PROXY_ADDRESSES is set, but AUTH is none/],
      [{ HEADERS_TIMEOUT_MS: '5000', REQUEST_TIMEOUT_MS: '4000' }, /HEADERS_TIMEOUT_MS is longer/],
      [{ HEADERS_TIMEOUT_MS: '0' }, /HEADERS_TIMEOUT_MS/],
      [{ CORS_ORIGINS: 'https://a.example/,*' }, /names https:\/\/a\.example\/, which[^]*names \*, which/],
    ];
    for (const [env, problem] of rows) t.throws(() => loadConfig(env), { message: problem }, JSON.stringify(env));
  });

  t.test('limits hold on AWS, and a demo is not counted', async (t) => {
    t.match(loadConfig({}).limits, { docs: 'open', requestsPerMinute: 0, eventLoopDelayMs: 0, corsOrigins: [] });
    t.match(loadConfig({ CLOUD: 'aws', STORE: 'sqlite', AWS_REGION: 'us-east-1' }).limits,
      { requestsPerMinute: 600, eventLoopDelayMs: 1_000 });
    t.match(loadConfig({ CORS_ORIGINS: 'https://a.example, http://b.example:8080', DOCS: 'callers' }).limits,
      { docs: 'callers', corsOrigins: ['https://a.example', 'http://b.example:8080'] });
    t.same(loadConfig({ TRUSTED_PROXIES: '10.0.1.7, 10.0.2.0/24' }).limits.trustedProxies, ['10.0.1.7', '10.0.2.0/24']);
    t.throws(() => loadConfig({ TRUSTED_PROXIES: '0.0.0.0/0' }), { message: /TRUSTED_PROXIES: 0\.0\.0\.0\/0 is everybody/ });
  });
});
