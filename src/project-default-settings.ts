import { Type, type Static, type TObject } from 'typebox';
import type { TenantTarget } from './domain/project-edge.ts';
import type { ProjectDefaults } from './domain/project.ts';
import { flagged, text } from './setting.ts';

/** What a project has where it does not say otherwise. */
export const PROJECT_DEFAULT_PROPERTIES = {
  SERVER_FUNCTION_NAME: flagged(Type.Optional(text('Default server function of a project.')), 'Defaults of projects'),
  IMAGE_FUNCTION_NAME: flagged(Type.Optional(text('Default image function of a project.')), 'Defaults of projects'),
  CLOUDFRONT_DISTRIBUTION_ID: flagged(Type.Optional(text('Default distribution of a project.')), 'Defaults of projects'),
  CLOUDFRONT_DOMAIN: flagged(Type.Optional(text('Domain name of the default distribution, `dxxxx.cloudfront.net`.')),
    'Defaults of projects'),
  EDGE_MODE: flagged(Type.Union([Type.Literal('distribution'), Type.Literal('tenant')], {
    default: 'distribution', description: 'How custom domains of a project get onto CloudFront where it does not say: ' +
      'as names of its distribution, or each by a distribution tenant of its own.',
  }), 'Defaults of projects'),
  TENANT_DISTRIBUTION_ID: flagged(Type.Optional(text(
    'Multi-tenant distribution for projects in mode `tenant` (default: the embedded cloud\'s).')), 'Defaults of projects'),
  TENANT_ROUTING_ENDPOINT: flagged(Type.Optional(text(
    'Routing endpoint of the tenants\' connection group, which custom domains are pointed at.')), 'Defaults of projects'),
  TENANT_CONNECTION_GROUP_ID: flagged(Type.Optional(text(
    'Connection group of the tenants (default: the one AWS takes by default).')), 'Defaults of projects'),
  ALIAS_NAME: flagged(Type.String({
    pattern: '^(?!^[0-9]+$)[a-zA-Z0-9-_]{1,128}$', default: 'live', description: 'The Lambda alias that is moved.',
  }), 'Defaults of projects'),
};

type Environment = Static<TObject<typeof PROJECT_DEFAULT_PROPERTIES>>;

export function projectDefaultProblems(env: Environment): string[] {
  const problems: string[] = [];
  if ((env.CLOUDFRONT_DISTRIBUTION_ID === undefined) !== (env.CLOUDFRONT_DOMAIN === undefined)) {
    problems.push('CLOUDFRONT_DISTRIBUTION_ID and CLOUDFRONT_DOMAIN belong together: set both or neither.');
  }
  if ((env.TENANT_DISTRIBUTION_ID === undefined) !== (env.TENANT_ROUTING_ENDPOINT === undefined)) {
    problems.push('TENANT_DISTRIBUTION_ID and TENANT_ROUTING_ENDPOINT belong together: set both or neither.');
  }
  if (env.TENANT_CONNECTION_GROUP_ID !== undefined && env.TENANT_DISTRIBUTION_ID === undefined) {
    problems.push('TENANT_DISTRIBUTION_ID is missing: the distribution of those tenants.');
  }
  return problems;
}

export function projectDefaults(env: Environment): ProjectDefaults {
  return {
    serverFunctionName: env.SERVER_FUNCTION_NAME,
    imageFunctionName: env.IMAGE_FUNCTION_NAME,
    distributionId: env.CLOUDFRONT_DISTRIBUTION_ID,
    distributionDomain: env.CLOUDFRONT_DOMAIN?.toLowerCase(),
    edgeMode: env.EDGE_MODE,
    tenants: tenantTarget(env),
  };
}

function tenantTarget(env: Environment): TenantTarget | undefined {
  const {
    TENANT_DISTRIBUTION_ID: distributionId, TENANT_ROUTING_ENDPOINT: endpoint, TENANT_CONNECTION_GROUP_ID: group,
  } = env;
  if (distributionId === undefined || endpoint === undefined) return undefined;
  return {
    distributionId, routingEndpoint: endpoint.toLowerCase(), ...(group !== undefined && { connectionGroupId: group }),
  };
}
