import { Type, type Static, type TObject } from 'typebox';
import { AWS_DOMAIN_SETTINGS, LOCAL_DOMAIN_SETTINGS, type DomainSettings } from './domain/domain-settings.ts';
import { flagged, listed, milliseconds, text } from './setting.ts';

const paced = (name: keyof DomainSettings, description: string) => Type.Optional(milliseconds(
  `${description} (local ${LOCAL_DOMAIN_SETTINGS[name]}, aws ${AWS_DOMAIN_SETTINGS[name]}).`));

/** How custom domains are brought live and watched, and where DNS is asked about them. */
export const CUSTOM_DOMAIN_PROPERTIES = {
  WORKER_INTERVAL_MS: flagged(Type.Optional(milliseconds('Pause between two passes of the worker (local 500, aws 5000).')),
    'Domains'),
  WORKER_LEASE_MS: flagged(Type.Optional(milliseconds(
    'How long a domain or distribution stays with the replica that took it (local 5000, aws 60000).')), 'Domains'),
  WORKER_CONCURRENCY: flagged(Type.Integer({
    minimum: 1, maximum: 64, default: 4, description: 'Domains or distributions one replica works on at the same time.',
  }), 'Domains'),
  CERTIFICATE_CHECK_MS: flagged(paced('certificateCheckMs', 'First pause between two looks at a pending certificate'), 'Domains'),
  EDGE_BATCH_WINDOW_MS: flagged(paced('edgeBatchWindowMs',
    'How long names that are ready are gathered before their distribution is changed'), 'Domains'),
  DEPLOY_CHECK_MS: flagged(paced('deployCheckMs', 'Pause between two looks at a distribution that is deploying'), 'Domains'),
  DRIFT_CHECK_MS: flagged(paced('driftCheckMs',
    'Pause between two looks for changes made to a distribution by others'), 'Domains'),
  TENANT_CHECK_MS: flagged(paced('tenantCheckMs',
    'Pause between two looks for changes made to the distribution tenant of a served domain by others'), 'Domains'),
  RENEWAL_CHECK_MS: flagged(paced('renewalCheckMs',
    'Pause between two looks in DNS for the validation record of an active domain'), 'Domains'),
  PENDING_GRACE_MS: flagged(paced('graceForPendingMs',
    'How long a shared certificate may be pending before names whose record is gone are left out of it'), 'Domains'),
  VALIDATION_RECORD_WAIT_MS: flagged(paced('pollForRecordMs',
    'How long `POST …/domains` waits for ACM to name the validation record'), 'Domains'),
  DOMAIN_LOOK_EVERY_MS: flagged(paced('getLookEveryMs',
    'Least time between two looks at AWS by `GET …/domains/{domainId}`'), 'Domains'),
  DISTRIBUTION_NAME_LIMIT: flagged(Type.Integer({
    minimum: 1, maximum: 100, default: AWS_DOMAIN_SETTINGS.distributionNameLimit,
    description: 'Most names on one distribution; ACM\'s quota of names on a certificate (10, raisable to 100).',
  }), 'Domains'),
  CHALLENGE_MS: flagged(paced('challengeMs',
    'How long the TXT record is looked for that proves control of a name others hold or held'), 'Domains'),
  PLATFORM_DOMAINS: flagged(Type.Optional(text(
    'Names of the platform itself, `example.com,example.net`: neither they nor names below them can be custom domains. ' +
      'The default distribution\'s domain is always one.')), 'Domains'),
  DNS_SERVERS: flagged(Type.Optional(text(
    'Resolvers for the server\'s own look-ups, `ip:port,ip:port` (default: the local DNS, or the system\'s).')), 'Domains'),
  DIAGNOSIS_DNS_SERVERS: flagged(Type.Optional(text(
    'Further resolvers that the diagnosis of a domain asks beside the server\'s own, `ip,ip:port`; `none` for none ' +
    '(local none, aws `1.1.1.1,8.8.8.8`).')), 'Domains'),
  DOMAIN_VERIFY_EVERY_MS: flagged(paced('verifyEveryMs',
    'Least time between two `POST …/domains/{domainId}/verify` of one domain'), 'Domains'),
  DNS_TIMEOUT_MS: flagged(milliseconds('Longest wait for one DNS look-up.', 2_000), 'Domains'),
};

/** Cloudflare's and Google's. */
const PUBLIC_RESOLVERS = ['1.1.1.1', '8.8.8.8'] as const;

type Environment = Static<TObject<typeof CUSTOM_DOMAIN_PROPERTIES>>;

export function customDomainSettings(env: Environment, local: boolean) {
  return {
    worker: {
      intervalMs: env.WORKER_INTERVAL_MS ?? (local ? 500 : 5_000),
      leaseMs: env.WORKER_LEASE_MS ?? (local ? 5_000 : 60_000),
      concurrency: env.WORKER_CONCURRENCY,
    },
    domains: domainSettings(env, local),
    platformDomains: namesIn(env.PLATFORM_DOMAINS),
    dns: {
      servers: env.DNS_SERVERS === undefined ? undefined : listed(env.DNS_SERVERS),
      /** One by one, so that they can disagree. */
      furtherServers: furtherServers(env, local),
      timeoutMs: env.DNS_TIMEOUT_MS,
    },
  };
}

function domainSettings(env: Environment, local: boolean): DomainSettings {
  const defaults = local ? LOCAL_DOMAIN_SETTINGS : AWS_DOMAIN_SETTINGS;
  return {
    ...defaults,
    certificateCheckMs: env.CERTIFICATE_CHECK_MS ?? defaults.certificateCheckMs,
    edgeBatchWindowMs: env.EDGE_BATCH_WINDOW_MS ?? defaults.edgeBatchWindowMs,
    deployCheckMs: env.DEPLOY_CHECK_MS ?? defaults.deployCheckMs,
    driftCheckMs: env.DRIFT_CHECK_MS ?? defaults.driftCheckMs,
    tenantCheckMs: env.TENANT_CHECK_MS ?? defaults.tenantCheckMs,
    renewalCheckMs: env.RENEWAL_CHECK_MS ?? defaults.renewalCheckMs,
    graceForPendingMs: env.PENDING_GRACE_MS ?? defaults.graceForPendingMs,
    pollForRecordMs: env.VALIDATION_RECORD_WAIT_MS ?? defaults.pollForRecordMs,
    getLookEveryMs: env.DOMAIN_LOOK_EVERY_MS ?? defaults.getLookEveryMs,
    verifyEveryMs: env.DOMAIN_VERIFY_EVERY_MS ?? defaults.verifyEveryMs,
    challengeMs: env.CHALLENGE_MS ?? defaults.challengeMs,
    distributionNameLimit: env.DISTRIBUTION_NAME_LIMIT,
  };
}

function furtherServers({ DIAGNOSIS_DNS_SERVERS: given }: Environment, local: boolean): readonly string[] {
  if (given === undefined) return local ? [] : PUBLIC_RESOLVERS;
  return given === 'none' ? [] : listed(given);
}

function namesIn(list = ''): readonly string[] {
  return listed(list).map((name) => name.toLowerCase().replace(/^\*?\./, '')).filter((name) => name !== '');
}
