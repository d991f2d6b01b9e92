import { AnchorError } from '../domain/errors.ts';
import type { FieldError } from '../domain/errors.ts';
import { targetsOf } from '../domain/project.ts';
import type { Project, ProjectDefaults } from '../domain/project.ts';
import { parseVersionArn } from '../domain/version-arn.ts';
import type { VersionArn } from '../domain/version-arn.ts';

interface Given {
  readonly lambdaServerVersionArn?: string;
  readonly lambdaImageVersionArn?: string;
}

export interface VersionArns {
  readonly lambdaServerVersionArn?: VersionArn;
  readonly lambdaImageVersionArn?: VersionArn;
}

/**
 * The ARNs of a build, when each is a published version of the project's own function.
 * Throws `invalid_request` naming each wrong one, `function_not_configured` when the project has no
 * function to compare with.
 */
export function checkVersionArns(given: Given, project: Project, defaults: ProjectDefaults): VersionArns {
  const targets = targetsOf(project, defaults);
  const server = check('lambdaServerVersionArn', given.lambdaServerVersionArn, 'server', targets.serverFunctionName);
  const image = check('lambdaImageVersionArn', given.lambdaImageVersionArn, 'image', targets.imageFunctionName);
  const errors = [server, image].flatMap((result) => (result.error ? [result.error] : []));
  if (errors.length > 0) {
    throw new AnchorError('invalid_request', errors.map(({ field, message }) => `${field} ${message}.`).join(' '),
      { errors });
  }
  return {
    ...(server.arn === undefined ? {} : { lambdaServerVersionArn: server.arn }),
    ...(image.arn === undefined ? {} : { lambdaImageVersionArn: image.arn }),
  };
}

interface Checked {
  readonly arn?: VersionArn;
  readonly error?: FieldError;
}

function check(
  name: keyof Given, arn: string | undefined, role: 'server' | 'image', functionName: string | undefined,
): Checked {
  if (arn === undefined) return {};
  if (functionName === undefined) {
    throw new AnchorError('function_not_configured',
      `The project has no ${role} function, so ${name} cannot belong to it. Set ${role}FunctionName first.`);
  }
  const parsed = parseVersionArn(arn);
  if (parsed?.functionName === functionName) return { arn: arn as VersionArn };
  const found = parsed ? `, not of ${parsed.functionName}` : '';
  const message = `must be the ARN of a published version of the project's ${role} function `
    + `${functionName}${found}, such as arn:aws:lambda:eu-central-1:123456789012:function:${functionName}:7`;
  return { error: { field: `body/${name}`, message } };
}
