import { resolve } from 'node:path';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { AUTH_PROPERTIES, authProblems, authSettings } from './auth-settings.ts';
import { CUSTOM_DOMAIN_PROPERTIES, customDomainSettings } from './custom-domain-settings.ts';
import { AWS_CALL_RATES, ratesWith, type AwsCall } from './domain/call-rates.ts';
import { AWS_FOLLOW_UPS, LOCAL_FOLLOW_UPS, type FollowUpSettings } from './domain/follow-up-settings.ts';
import { EVENT_PROPERTIES, eventSettings } from './event-settings.ts';
import { LIMIT_PROPERTIES, limitProblems, limitSettings } from './limit-settings.ts';
import { LOCAL_CLOUD_PROPERTIES } from './local-cloud-settings.ts';
import { PROJECT_DEFAULT_PROPERTIES, projectDefaultProblems, projectDefaults } from './project-default-settings.ts';
import { flagged, milliseconds, port, text } from './setting.ts';
import { TRACE_PROPERTIES, traceSettings } from './trace-settings.ts';

const byCloud = (name: keyof FollowUpSettings) => `(local ${LOCAL_FOLLOW_UPS[name]}, aws ${AWS_FOLLOW_UPS[name]})`;
const perMinute = (call: AwsCall, what: string) => Type.Integer({
  minimum: 1, maximum: 60_000, default: AWS_CALL_RATES[call].perSecond * 60,
  description: `${what} a minute that CloudFront is taken to allow an account: a cautious guess, as AWS publishes none.`,
});

/** Every environment variable the server reads. A default that depends on `CLOUD` is given in words. */
export const EnvironmentSchema = Type.Object({
  CLOUD: flagged(Type.Union([Type.Literal('local'), Type.Literal('aws')], {
    default: 'local', description: 'Where Lambda, ACM and CloudFront are: `local` embeds them, `aws` is the real thing.',
  }), 'General'),
  HOST: flagged(Type.String({ minLength: 1, default: '127.0.0.1', description: 'Address the server listens on.' }), 'General'),
  PORT: flagged(port(3000, 'Port the server listens on.'), 'General'),
  LOG_LEVEL: flagged(Type.Optional(Type.Union(
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'].map((level) => Type.Literal(level)),
    { description: 'Least level that is logged (local `warn`, aws `info`).' },
  )), 'General'),
  DRAIN_DELAY_MS: flagged(Type.Optional(Type.Integer({
    minimum: 0, maximum: 15_000, description: 'How long after SIGTERM requests are still taken while `/readyz` says 503, ' +
      'so that a load balancer can turn away first (local 0, aws 5000).',
  })), 'General'),
  METRICS_PORT: flagged(Type.Optional(Type.Integer({
    minimum: 0, maximum: 65_535, description: 'Port on which `/metrics` is served to whoever reaches it, for Prometheus. ' +
      'Left out: it is a route like the others, and asks who is calling.',
  })), 'General'),

  ...AUTH_PROPERTIES,

  STORE: flagged(Type.Optional(Type.Union([Type.Literal('sqlite'), Type.Literal('dynamodb')], {
    description: 'Where records are kept (default: `sqlite` with `CLOUD=local`, `dynamodb` with `CLOUD=aws`).',
  })), 'Store'),
  DATA_DIR: flagged(Type.String({
    minLength: 1, default: './.anchor', description: 'Folder of the SQLite store and of the embedded cloud\'s state.',
  }), 'Store'),
  PROJECTS_TABLE: flagged(Type.Optional(text('DynamoDB table of projects.')), 'Store'),
  DEPLOYMENTS_TABLE: flagged(Type.Optional(text('DynamoDB table of deployments.')), 'Store'),
  OPERATIONS_TABLE: flagged(Type.Optional(text('DynamoDB table of operations.')), 'Store'),
  DOMAINS_TABLE: flagged(Type.Optional(text('DynamoDB table of custom domains.')), 'Store'),
  HOSTNAMES_TABLE: flagged(Type.Optional(text('DynamoDB table of who holds which name.')), 'Store'),
  EDGES_TABLE: flagged(Type.Optional(text('DynamoDB table of what is on each distribution.')), 'Store'),
  IDEMPOTENCY_TABLE: flagged(Type.Optional(text('DynamoDB table of answers under an Idempotency-Key.')), 'Store'),
  BUDGETS_TABLE: flagged(Type.Optional(text('DynamoDB table of the calls to AWS that replicas share.')), 'Store'),
  TOKENS_TABLE: flagged(Type.Optional(text('DynamoDB table of bearer tokens.')), 'Store'),
  EVENTS_TABLE: flagged(Type.Optional(text('DynamoDB table of events.')), 'Store'),
  FEEDS_TABLE: flagged(Type.Optional(text('DynamoDB table of how far each project\'s events have come.')), 'Store'),
  WEBHOOKS_TABLE: flagged(Type.Optional(text('DynamoDB table of webhooks, with their secrets.')), 'Store'),
  DELIVERIES_TABLE: flagged(Type.Optional(text('DynamoDB table of what is on its way to webhooks.')), 'Store'),

  ...PROJECT_DEFAULT_PROPERTIES,

  AWS_REGION: flagged(Type.Optional(text('Region of the functions and tables (`us-east-1` with `CLOUD=local`).')), 'AWS'),
  AWS_ENDPOINT_URL: flagged(Type.Optional(Type.String({
    pattern: '^https?://', description: 'Another endpoint for Lambda, ACM and CloudFront, such as a local cloud ' +
      'that several servers share. With it the server starts no local cloud of its own.',
  })), 'AWS'),
  AWS_ENDPOINT_URL_DYNAMODB: flagged(Type.Optional(Type.String({
    pattern: '^https?://', description: 'Another endpoint for DynamoDB, such as DynamoDB Local.',
  })), 'AWS'),
  AWS_CONNECT_TIMEOUT_MS: flagged(milliseconds('Longest wait for a connection to AWS.', 1_000), 'AWS'),
  AWS_REQUEST_TIMEOUT_MS: flagged(milliseconds('Longest wait for the answer to one attempt.', 3_000), 'AWS'),
  AWS_MAX_ATTEMPTS: flagged(Type.Integer({
    minimum: 1, maximum: 10, default: 2, description: 'Attempts the SDK makes for one call.',
  }), 'AWS'),

  AWS_RATE_PERCENT: flagged(Type.Optional(Type.Integer({
    minimum: 1, maximum: 10_000,
    description: 'How much of the rates at which ACM and CloudFront may be called all replicas together use, in percent; ' +
      'more than 100 where AWS has raised them (local 1000, aws 90).',
  })), 'AWS'),
  CLOUDFRONT_READS_PER_MINUTE: flagged(perMinute('cloudfront:GetDistribution', 'Looks at distributions'), 'AWS'),
  CLOUDFRONT_CHANGES_PER_MINUTE: flagged(perMinute('cloudfront:UpdateDistribution', 'Changes of distributions'), 'AWS'),

  OPERATION_LEASE_MS: flagged(milliseconds(
    'How long a rollback holds its project before another replica may finish or undo it.', 15_000), 'Rollback'),
  OPERATION_BUDGET_MS: flagged(milliseconds('After this a rollback request starts no further attempt.', 6_000), 'Rollback'),
  ALIAS_CHECK_MS: flagged(Type.Optional(milliseconds('Pause between two looks at where a project\'s aliases are; ' +
    `0: they are not looked at ${byCloud('aliasCheckMs')}.`)), 'Rollback'),
  PROBE_INTERVAL_MS: flagged(Type.Optional(Type.Integer({
    minimum: 50, maximum: 60_000,
    description: `Pause between two questions of a project's probe ${byCloud('probeIntervalMs')}.`,
  })), 'Rollback'),
  PROBE_TIME_LIMIT_MS: flagged(milliseconds(
    'How long after a switch a probe may take to see the target.', AWS_FOLLOW_UPS.probeTimeLimitMs), 'Rollback'),
  PROBE_TIMEOUT_MS: flagged(milliseconds('Longest wait for the answer to one question of a probe.', 5_000), 'Rollback'),
  PROBE_ALLOW_PRIVATE: flagged(Type.Optional(Type.Boolean({
    description: 'Let probes ask private, loopback, link-local and other addresses that are not of the public ' +
      'Internet (local `true`, aws `false`).',
  })), 'Rollback'),
  PROBE_CONNECT_TO: flagged(Type.Optional(Type.String({
    pattern: '^(\\[[0-9a-fA-F:.]+\\]|[^\\s:\\[\\]]+):[0-9]{1,5}$',
    description: '`host:port` that every probe connects to, whatever the host of its URL, which it still asks for ' +
      '(local: the embedded edge; aws: the URL\'s own host).',
  })), 'Rollback'),

  ...CUSTOM_DOMAIN_PROPERTIES,

  ...LIMIT_PROPERTIES,

  ...EVENT_PROPERTIES,

  ...TRACE_PROPERTIES,

  ...LOCAL_CLOUD_PROPERTIES,
});

type Environment = Static<typeof EnvironmentSchema>;

const TABLE_VARIABLES = {
  projects: 'PROJECTS_TABLE', deployments: 'DEPLOYMENTS_TABLE', operations: 'OPERATIONS_TABLE',
  domains: 'DOMAINS_TABLE', hostnames: 'HOSTNAMES_TABLE', edges: 'EDGES_TABLE',
  idempotency: 'IDEMPOTENCY_TABLE', budgets: 'BUDGETS_TABLE', tokens: 'TOKENS_TABLE',
  events: 'EVENTS_TABLE', feeds: 'FEEDS_TABLE', webhooks: 'WEBHOOKS_TABLE', deliveries: 'DELIVERIES_TABLE',
} as const satisfies Record<string, keyof Environment>;

export type TableNames = { readonly [K in keyof typeof TABLE_VARIABLES]: string };

export type Config = ReturnType<typeof toConfig>;

/** Whoever gives the secret itself in place of its hash must not find it in a log. */
const SECRET: readonly string[] = ['ADMIN_TOKEN_SHA256'];

/** Every problem of the environment at once, one line each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration has ${problems.length} problem(s):\n${problems.map((line) => `  - ${line}`).join('\n')}`);
    this.problems = problems;
  }
}

/** Reads the settings of the server; `forced` ones win over the environment's. Throws `ConfigError`. */
export function loadConfig(environment: NodeJS.ProcessEnv = process.env, forced: Partial<Record<string, string>> = {}): Config {
  const given = Object.fromEntries(
    Object.keys(EnvironmentSchema.properties)
      .map((name) => [name, forced[name] ?? environment[name]] as const)
      .filter(([, value]) => value !== undefined && value !== ''),
  );
  const values = Value.Convert(EnvironmentSchema, Value.Default(EnvironmentSchema, given));
  const problems = Value.Errors(EnvironmentSchema, values).map(({ instancePath, message }) => {
    const name = instancePath.slice(1);
    return `${name} ${message}${SECRET.includes(name) ? '' : ` (is ${JSON.stringify(given[name])})`}`;
  });
  if (!Value.Check(EnvironmentSchema, values)) throw new ConfigError([...new Set(problems)]);
  const conflicts = settingProblems(values);
  if (conflicts.length > 0) throw new ConfigError(conflicts);
  return toConfig(values);
}

function settingProblems(env: Environment): string[] {
  const problems: string[] = [];
  const need = (name: keyof Environment, why: string) => {
    if (env[name] === undefined) problems.push(`${name} is missing: ${why}`);
  };
  if (env.CLOUD === 'aws') {
    need('AWS_REGION', 'the region of the functions and tables.');
    if (storeOf(env) === 'dynamodb') {
      for (const [store, name] of Object.entries(TABLE_VARIABLES)) need(name, `the DynamoDB table of ${store}.`);
    }
  }
  if (env.OPERATION_BUDGET_MS >= env.OPERATION_LEASE_MS) {
    problems.push(`OPERATION_BUDGET_MS (${env.OPERATION_BUDGET_MS}) must be less than OPERATION_LEASE_MS ` +
      `(${env.OPERATION_LEASE_MS}): otherwise another replica begins to undo what a request is still doing.`);
  }
  if (env.CLOUD === 'local' && env.AWS_ENDPOINT_URL !== undefined && env.LOCAL_DNS_PORT === 0 && env.DNS_SERVERS === undefined) {
    problems.push('LOCAL_DNS_PORT is 0: beside AWS_ENDPOINT_URL it has to be the port on which that local cloud answers DNS.');
  }
  return [...problems, ...projectDefaultProblems(env), ...authProblems(env), ...limitProblems(env)];
}

function storeOf(env: Environment): 'sqlite' | 'dynamodb' {
  return env.STORE ?? (env.CLOUD === 'aws' ? 'dynamodb' : 'sqlite');
}

function followUpSettings(env: Environment): FollowUpSettings {
  const defaults = env.CLOUD === 'local' ? LOCAL_FOLLOW_UPS : AWS_FOLLOW_UPS;
  return {
    ...defaults,
    aliasCheckMs: env.ALIAS_CHECK_MS ?? defaults.aliasCheckMs,
    probeIntervalMs: env.PROBE_INTERVAL_MS ?? defaults.probeIntervalMs,
    probeTimeLimitMs: env.PROBE_TIME_LIMIT_MS,
  };
}

/** `host:port`, the host in brackets where it has colons of its own. */
function hostAndPort(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) };
}

function toConfig(env: Environment) {
  const local = env.CLOUD === 'local';
  const region = env.AWS_REGION ?? 'us-east-1';
  const aws = {
    region,
    connectTimeoutMs: env.AWS_CONNECT_TIMEOUT_MS,
    requestTimeoutMs: env.AWS_REQUEST_TIMEOUT_MS,
    maxAttempts: env.AWS_MAX_ATTEMPTS,
  };
  return Object.freeze({
    cloud: env.CLOUD,
    host: env.HOST,
    port: env.PORT,
    metricsPort: env.METRICS_PORT,
    drainDelayMs: env.DRAIN_DELAY_MS ?? (local ? 0 : 5_000),
    logLevel: env.LOG_LEVEL ?? (local ? 'warn' : 'info'),
    auth: authSettings(env),
    limits: limitSettings(env),
    store: storeOf(env),
    dataDir: resolve(env.DATA_DIR),
    tableNames: Object.fromEntries(Object.entries(TABLE_VARIABLES).map(
      ([store, name]) => [store, env[name] ?? `anchor-${store}`])) as unknown as TableNames,
    aws: { ...aws, endpoint: env.AWS_ENDPOINT_URL },
    dynamodb: { ...aws, endpoint: env.AWS_ENDPOINT_URL_DYNAMODB },
    defaults: projectDefaults(env),
    switching: {
      aliasName: env.ALIAS_NAME, leaseMs: env.OPERATION_LEASE_MS, budgetMs: env.OPERATION_BUDGET_MS,
      followUps: followUpSettings(env),
    },
    probe: {
      timeoutMs: env.PROBE_TIMEOUT_MS,
      allowPrivate: env.PROBE_ALLOW_PRIVATE ?? local,
      connectTo: env.PROBE_CONNECT_TO === undefined ? undefined : hostAndPort(env.PROBE_CONNECT_TO),
    },
    callRates: ratesWith({
      'cloudfront:GetDistribution': env.CLOUDFRONT_READS_PER_MINUTE / 60,
      'cloudfront:UpdateDistribution': env.CLOUDFRONT_CHANGES_PER_MINUTE / 60,
    }, env.AWS_RATE_PERCENT ?? (local ? 1_000 : 90)),
    ...customDomainSettings(env, local),
    ...eventSettings(env, local),
    traces: traceSettings(env),
    /** The embedded cloud runs in this process unless another endpoint is given. */
    embedsCloud: local && env.AWS_ENDPOINT_URL === undefined,
    localCloud: {
      host: env.LOCAL_HOST,
      cloudPort: env.LOCAL_CLOUD_PORT,
      dnsPort: env.LOCAL_DNS_PORT,
      edgePort: env.LOCAL_EDGE_PORT,
      settings: {
        region,
        deployTimeMs: env.LOCAL_DEPLOY_TIME_MS,
        certificateCheckMs: env.LOCAL_CERTIFICATE_CHECK_MS,
        validationTimeoutMs: env.LOCAL_VALIDATION_TIMEOUT_MS,
      },
    },
  });
}
