import { Type } from 'typebox';
import type { Static } from 'typebox';
import { DeploymentId, EXAMPLE_TIME, ProjectId, STRICT, pageQueryWith, time } from '../../common-schemas.ts';
import { component, nullable, nullableInteger, oneOf, ref } from '../../component.ts';
import type { Deployment as DeploymentRecord } from '../../../domain/deployment.ts';
import { VERSION_ARN_PATTERN } from '../../../domain/version-arn.ts';
import type { Promotion as PromotionRecord } from '../../../operations/operations.ts';

const SERVER_ARN = 'arn:aws:lambda:eu-central-1:123456789012:function:storefront-server:7';
const IMAGE_ARN = 'arn:aws:lambda:eu-central-1:123456789012:function:storefront-image:4';

const arns = {
  lambdaServerVersionArn: Type.Optional(Type.String({
    minLength: 1, maxLength: 512, pattern: VERSION_ARN_PATTERN, examples: [SERVER_ARN],
    description: 'The published version of the project\'s server function: an ARN that ends in a version number.',
  })),
  lambdaImageVersionArn: Type.Optional(Type.String({
    minLength: 1, maxLength: 512, pattern: VERSION_ARN_PATTERN, examples: [IMAGE_ARN],
    description: 'The published version of the project\'s image function, when it has one: an ARN that ends in a version number.',
  })),
};

const branch = Type.String({
  minLength: 1, maxLength: 255, pattern: '^[^\\u0000-\\u001f\\u007f]+$', examples: ['main'],
  description: 'The branch that was built: up to 255 characters, no control characters.',
});

const status = oneOf(['building', 'deployed', 'failed'], {
  title: 'DeploymentStatus', description: 'How far the build has come.', examples: ['deployed'],
});

export const DeploymentInput = component('DeploymentInput', Type.Object({
  commitSha: Type.String({
    pattern: '^[0-9a-fA-F]{7,64}$', description: 'The commit that was built: 7 to 64 hexadecimal digits.',
    examples: ['3f9c1a7e5b2d4f6081a3c5e7092b4d6f8a0c1e35'],
  }),
  branch,
  version: Type.String({
    minLength: 1, maxLength: 128, pattern: '^[^\\u0000-\\u001f\\u007f]+$', examples: ['2026.3.1'],
    description: 'Your own name for the build: up to 128 characters, no control characters.',
  }),
  status,
  ...arns,
  promote: Type.Optional(Type.Boolean({
    default: false, examples: [false],
    description: 'Make the build live at once, unless the project is pinned. Only with status `deployed`.',
  })),
}, {
  ...STRICT, description: 'A build to register.',
  examples: [{
    commitSha: '3f9c1a7e5b2d4f6081a3c5e7092b4d6f8a0c1e35', branch: 'main', version: '2026.3.1', status: 'deployed',
    lambdaServerVersionArn: SERVER_ARN,
  }],
}));

export const DeploymentEnd = component('DeploymentEnd', Type.Object({
  status: oneOf(['deployed', 'failed'], { title: 'DeploymentEndStatus', description: 'How the build ended.', examples: ['deployed'] }),
  ...arns,
}, {
  ...STRICT, description: 'The end of a build, with the versions it published.',
  examples: [{ status: 'deployed', lambdaServerVersionArn: SERVER_ARN }],
}));

const shown = {
  deploymentId: DeploymentId,
  projectId: ProjectId,
  commitSha: Type.String({
    description: 'The commit that was built.', examples: ['3f9c1a7e5b2d4f6081a3c5e7092b4d6f8a0c1e35'],
  }),
  branch: Type.String({ description: 'The branch that was built.', examples: ['main'] }),
  version: Type.String({
    description: 'The caller\'s name for the build; `rollback-<target>-<time>` for a rollback.', examples: ['2026.3.1'],
  }),
  status,
  lambdaServerVersionArn: nullable({ description: 'The server version of this build.', examples: [SERVER_ARN] }),
  lambdaImageVersionArn: nullable({ description: 'The image version of this build.', examples: [IMAGE_ARN] }),
  isRollback: Type.Boolean({ description: 'Whether this is the record of a rollback.', examples: [false] }),
  rollbackFrom: nullable({ description: 'For a rollback: the server version that was live before.', examples: ['8'] }),
  rollbackTo: nullable({
    description: 'For a rollback: the deployment that was gone back to.', examples: ['dep_01k5hq4c2t6r1x'],
  }),
  createdAt: time('When the deployment was registered.'),
  updatedAt: time('When the deployment was changed last.'),
  deployedAt: nullableInteger({
    description: 'When it became `deployed`; null before. Milliseconds since the Unix epoch.', examples: [EXAMPLE_TIME],
  }),
};

export const Deployment = component('Deployment', Type.Object(shown, {
  description: 'A build, or the record of a rollback to one.',
}));

export const Promotion = component('Promotion', Type.Object({
  outcome: oneOf(['promoted', 'pinned', 'failed', 'unfinished'], {
    title: 'PromotionOutcome',
    description: '`pinned`: a pin holds it back. `unfinished`: how it ends is not known yet; ask the operation.',
    examples: ['promoted'],
  }),
  message: Type.String({
    description: 'What happened, for people.', examples: ['Promoted deployment dep_01k5hq4c2t6r1x.'],
  }),
  operationId: nullable({
    description: 'The operation that did it, or stood in its way; null when there was none.',
    examples: ['op_01k5hq6j4b0s5v'],
  }),
}, { description: 'Whether a build was made live when it was registered.' }));

const PROMOTION_EXAMPLE: Static<typeof Promotion> = {
  outcome: 'promoted', message: 'Promoted deployment dep_01k5hq4c2t6r1x.', operationId: 'op_01k5hq6j4b0s5v',
};

export const RegisteredDeployment = component('RegisteredDeployment', Type.Object({
  ...shown,
  promotion: Type.Unsafe<Static<typeof Promotion> | null>({
    anyOf: [ref(Promotion), { type: 'null' }], examples: [PROMOTION_EXAMPLE],
    description: 'What came of `promote`; null when it was not asked for. The registration stands in any case.',
  }),
}, { description: 'A build that was registered.' }));

export const DeploymentParams = Type.Object({ projectId: ProjectId, deploymentId: DeploymentId });

export const DeploymentQuery = pageQueryWith({
  branch: Type.Optional(Type.String({
    minLength: 1, maxLength: 255, description: 'Only deployments of this branch.', examples: ['main'],
  })),
  status: Type.Optional(oneOf(['building', 'deployed', 'failed'], {
    title: 'DeploymentStatus', description: 'Only deployments with this status.', examples: ['deployed'],
  })),
});

export const DEPLOYMENT_EXAMPLE: Static<typeof Deployment> = {
  deploymentId: 'dep_01k5hq4c2t6r1x',
  projectId: 'prj_01k5hq3v7m9e8w',
  commitSha: '3f9c1a7e5b2d4f6081a3c5e7092b4d6f8a0c1e35',
  branch: 'main',
  version: '2026.3.1',
  status: 'deployed',
  lambdaServerVersionArn: SERVER_ARN,
  lambdaImageVersionArn: null,
  isRollback: false,
  rollbackFrom: null,
  rollbackTo: null,
  createdAt: EXAMPLE_TIME,
  updatedAt: EXAMPLE_TIME,
  deployedAt: EXAMPLE_TIME,
};

export const REGISTERED_EXAMPLE: Static<typeof RegisteredDeployment> = {
  ...DEPLOYMENT_EXAMPLE, promotion: PROMOTION_EXAMPLE,
};

export function registeredView(
  deployment: DeploymentRecord, promotion: PromotionRecord | null,
): Static<typeof RegisteredDeployment> {
  return {
    ...deploymentView(deployment),
    promotion: promotion && { ...promotion, operationId: promotion.operationId ?? null },
  };
}

export function deploymentView(deployment: DeploymentRecord): Static<typeof Deployment> {
  const {
    lambdaServerVersionArn, lambdaImageVersionArn, rollbackFrom, rollbackTo, deployedAt,
    serverCodeSha256: _server, imageCodeSha256: _image, ...rest
  } = deployment;
  return {
    ...rest,
    lambdaServerVersionArn: lambdaServerVersionArn ?? null,
    lambdaImageVersionArn: lambdaImageVersionArn ?? null,
    rollbackFrom: rollbackFrom ?? null,
    rollbackTo: rollbackTo ?? null,
    deployedAt: deployedAt ?? null,
  };
}
