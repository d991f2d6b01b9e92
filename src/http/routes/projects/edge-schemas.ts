import { Type } from 'typebox';
import type { Static } from 'typebox';
import { STRICT } from '../../common-schemas.ts';
import { component, nullable, oneOf, ref } from '../../component.ts';
import type { ProjectEdge } from '../../../domain/project-edge.ts';

const HELP = {
  distributionId: 'The multi-tenant distribution that tenants are made under: its id.',
  routingEndpoint: 'The routing endpoint of the tenants\' connection group, which custom domains are pointed at.',
  connectionGroupId: 'The connection group of the tenants; left out or null, the one CloudFront takes by default.',
};
const EXAMPLE = { distributionId: 'E1TENANTS9QXYZ', routingEndpoint: 'd222222abcdef8.cloudfront.net' };

export const DistributionEdge = component('DistributionEdge', Type.Object({
  mode: Type.Literal('distribution', { description: 'The names share the project\'s distribution.', examples: ['distribution'] }),
}, {
  ...STRICT, examples: [{ mode: 'distribution' }],
  description: 'New domains become names of the project\'s distribution, under one certificate for all of them.',
}));

export const TenantEdge = component('TenantEdge', Type.Object({
  mode: Type.Literal('tenant', { description: 'Each name has a distribution tenant.', examples: ['tenant'] }),
  distributionId: Type.Optional(Type.String({
    minLength: 1, maxLength: 64, pattern: '^[A-Z0-9]{1,64}$', description: HELP.distributionId, examples: [EXAMPLE.distributionId],
  })),
  routingEndpoint: Type.Optional(Type.String({
    minLength: 1, maxLength: 253, pattern: '^[A-Za-z0-9.-]+$', description: HELP.routingEndpoint,
    examples: [EXAMPLE.routingEndpoint],
  })),
  connectionGroupId: Type.Optional(Type.String({
    minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9_]{1,64}$', description: HELP.connectionGroupId, examples: ['cg_2whCJoXMYCjHcxaLGrkllvyABC'],
  })),
}, {
  ...STRICT, examples: [{ mode: 'tenant' }],
  description: 'Each new domain gets a distribution tenant (CloudFront SaaS Manager) with a certificate of its own. What is '
    + 'left out, the installation decides; a distribution and its routing endpoint belong together.',
}));

export const EdgeInput = component('EdgeInput', Type.Unsafe<Static<typeof DistributionEdge> | Static<typeof TenantEdge>>({
  type: 'object', required: ['mode'], discriminator: { propertyName: 'mode' },
  oneOf: [ref(DistributionEdge), ref(TenantEdge)], examples: [{ mode: 'tenant' }],
  description: 'How new domains of the project get onto CloudFront. Domains keep the way they were added with.',
}));

export const Edge = component('Edge', Type.Object({
  mode: oneOf(['distribution', 'tenant'], {
    title: 'EdgeMode', description: '`distribution`: names share the project\'s distribution; `tenant`: each has a distribution tenant.',
    examples: ['tenant'],
  }),
  distributionId: nullable({ description: HELP.distributionId, examples: [EXAMPLE.distributionId] }),
  routingEndpoint: nullable({ description: HELP.routingEndpoint, examples: [EXAMPLE.routingEndpoint] }),
  connectionGroupId: nullable({ description: HELP.connectionGroupId, examples: [null] }),
}, { description: 'How new domains of a project get onto CloudFront.' }));

export const EDGE_COMPONENTS = [DistributionEdge, TenantEdge, EdgeInput, Edge];

export const EDGE_EXAMPLE: Static<typeof Edge> = { mode: 'tenant', ...EXAMPLE, connectionGroupId: null };

export function edgeView(edge: ProjectEdge): Static<typeof Edge> {
  const { mode } = edge;
  if (mode === 'distribution') return { mode, distributionId: null, routingEndpoint: null, connectionGroupId: null };
  const { distributionId = null, routingEndpoint = null, connectionGroupId = null } = edge;
  return { mode, distributionId, routingEndpoint, connectionGroupId };
}
