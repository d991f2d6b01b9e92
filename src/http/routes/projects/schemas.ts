import { Type } from 'typebox';
import type { Static } from 'typebox';
import { EXAMPLE_TIME, ProjectId, STRICT, time } from '../../common-schemas.ts';
import { component, nullable, oneOf, ref } from '../../component.ts';
import { EDGE_EXAMPLE, Edge, EdgeInput, edgeView } from './edge-schemas.ts';
import { FOLLOW_UP_EXAMPLE, followUpChanges, followUpInput, followUpShown, followUpView } from './follow-up-schemas.ts';
import { edgeOf } from '../../../domain/choose-edge.ts';
import { targetsOf } from '../../../domain/project.ts';
import type { Project as ProjectRecord, ProjectDefaults, ProjectTargets } from '../../../domain/project.ts';

const name = {
  minLength: 1, maxLength: 128, pattern: '^[^\\u0000-\\u001f\\u007f]+$',
  description: 'A name for people: up to 128 characters, no control characters.', examples: ['Storefront'],
};

const functionName = (role: string, example: string) => ({
  minLength: 1, maxLength: 64, pattern: '^[a-zA-Z0-9_-]{1,64}$', examples: [example],
  description: `The ${role} function on Lambda: its bare name, up to 64 letters, digits, - or _.`,
});

const settings = {
  serverFunctionName: functionName('server', 'storefront-server'),
  imageFunctionName: functionName('image', 'storefront-image'),
  distributionId: {
    minLength: 1, maxLength: 64, pattern: '^[A-Z0-9]{1,64}$', examples: ['E2QWRUHAPOMQZL'],
    description: 'The CloudFront distribution in front of the functions: its id, capital letters and digits.',
  },
  distributionDomain: {
    minLength: 1, maxLength: 253, pattern: '^[A-Za-z0-9.-]+$', examples: ['d111111abcdef8.cloudfront.net'],
    description: 'The domain name of the distribution, which custom domains are pointed at.',
  },
};

const DRIFT_HANDLING = ['repair', 'report'] as const;
const driftHandling = {
  title: 'DomainDriftHandling',
  description: 'What happens when others take a domain of the project off CloudFront or set another certificate: `repair` puts '
    + 'it right, `report` leaves it and says so in the domain\'s status.',
  examples: ['repair'],
};

export const ProjectInput = component('ProjectInput', Type.Object({
  name: Type.String(name),
  serverFunctionName: Type.Optional(Type.String(settings.serverFunctionName)),
  imageFunctionName: Type.Optional(Type.String(settings.imageFunctionName)),
  distributionId: Type.Optional(Type.String(settings.distributionId)),
  distributionDomain: Type.Optional(Type.String(settings.distributionDomain)),
  edge: Type.Optional(ref(EdgeInput)),
  onDomainDrift: Type.Optional(oneOf([...DRIFT_HANDLING], driftHandling)),
  ...followUpInput,
}, {
  ...STRICT, description: 'A new project. What it leaves out, the defaults of the installation decide.',
  examples: [{
    name: 'Storefront', serverFunctionName: 'storefront-server',
    distributionId: 'E2QWRUHAPOMQZL', distributionDomain: 'd111111abcdef8.cloudfront.net',
  }],
}));

export const ProjectChanges = component('ProjectChanges', Type.Object({
  name: Type.Optional(Type.String(name)),
  serverFunctionName: Type.Optional(nullable(settings.serverFunctionName)),
  imageFunctionName: Type.Optional(nullable(settings.imageFunctionName)),
  distributionId: Type.Optional(nullable(settings.distributionId)),
  distributionDomain: Type.Optional(nullable(settings.distributionDomain)),
  edge: Type.Optional(Type.Unsafe<Static<typeof EdgeInput> | null>({
    anyOf: [ref(EdgeInput), { type: 'null' }], description: 'How new domains get onto CloudFront; null: as the installation says.',
    examples: [{ mode: 'tenant' }],
  })),
  onDomainDrift: Type.Optional(Type.Unsafe<(typeof DRIFT_HANDLING)[number] | null>({
    ...driftHandling, type: ['string', 'null'], enum: [...DRIFT_HANDLING, null],
  })),
  ...followUpChanges,
}, {
  ...STRICT, description: 'What to change. Null clears a setting, so that the default applies again.',
  examples: [{ name: 'Storefront', imageFunctionName: null }],
}));

const shown = {
  serverFunctionName: nullable({ description: 'The server function on Lambda.', examples: ['storefront-server'] }),
  imageFunctionName: nullable({ description: 'The image function on Lambda.', examples: ['storefront-image'] }),
  distributionId: nullable({ description: 'The CloudFront distribution.', examples: ['E2QWRUHAPOMQZL'] }),
  distributionDomain: nullable({
    description: 'The domain name of the distribution.', examples: ['d111111abcdef8.cloudfront.net'],
  }),
};

export const Project = component('Project', Type.Object({
  projectId: ProjectId,
  name: Type.String({ description: 'A name for people.', examples: ['Storefront'] }),
  ...shown,
  edge: Type.Unsafe<Static<typeof Edge> | null>({
    anyOf: [ref(Edge), { type: 'null' }], description: 'Null: as the installation says.', examples: [EDGE_EXAMPLE],
  }),
  onDomainDrift: oneOf([...DRIFT_HANDLING], driftHandling),
  effective: Type.Object({ ...shown, edge: ref(Edge) }, {
    title: 'EffectiveSettings', description: 'The same after the defaults of the installation are applied.',
  }),
  ...followUpShown,
  createdAt: time('When the project was created.'),
  updatedAt: time('When the project was changed last.'),
}, { description: 'One site: the functions that go live together, and the distribution in front of them.' }));

export const ProjectParams = Type.Object({ projectId: ProjectId });

const ownSettings = {
  serverFunctionName: 'storefront-server', imageFunctionName: null,
  distributionId: 'E2QWRUHAPOMQZL', distributionDomain: 'd111111abcdef8.cloudfront.net',
};

export const PROJECT_EXAMPLE: Static<typeof Project> = {
  projectId: 'prj_01k5hq3v7m9e8w',
  name: 'Storefront',
  ...ownSettings,
  edge: EDGE_EXAMPLE,
  onDomainDrift: 'repair',
  effective: { ...ownSettings, edge: EDGE_EXAMPLE },
  ...FOLLOW_UP_EXAMPLE,
  createdAt: EXAMPLE_TIME,
  updatedAt: EXAMPLE_TIME,
};

export function projectView(project: ProjectRecord, defaults: ProjectDefaults): Static<typeof Project> {
  const { projectId, name: projectName, createdAt, updatedAt } = project;
  return {
    projectId, name: projectName, ...orNull(project), edge: project.edge ? edgeView(project.edge) : null,
    onDomainDrift: project.onDomainDrift ?? 'repair',
    effective: { ...orNull(targetsOf(project, defaults)), edge: edgeView(edgeOf(project, defaults)) },
    ...followUpView(project), createdAt, updatedAt,
  };
}

function orNull(settings: { readonly [K in keyof ProjectTargets]?: string | undefined }) {
  return {
    serverFunctionName: settings.serverFunctionName ?? null,
    imageFunctionName: settings.imageFunctionName ?? null,
    distributionId: settings.distributionId ?? null,
    distributionDomain: settings.distributionDomain ?? null,
  };
}
