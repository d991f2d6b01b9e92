import type { LocalCloudSettings } from '../settings.ts';
import { invalidMember, invalidParameter, LambdaError, notFound, pattern } from './lambda-error.ts';

/** A function as a caller named it, and the version or alias they meant, if any. */
export interface FunctionReference {
  readonly name: string;
  readonly qualifier: string | undefined;
}

/** From the service model (FunctionName): a name, `account:function:name` or a whole ARN, maybe qualified. */
const FUNCTION_NAME = '(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?'
  + '(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?';
const QUALIFIER = '[a-zA-Z0-9$_-]+';
const REFERENCE = new RegExp(
  '^(?:arn:aws[a-zA-Z-]*:lambda:)?(?:(?<region>[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\\d):)?(?:(?<account>\\d{12}):)?'
  + '(?:function:)?(?<name>[a-zA-Z0-9-_]+)(?::(?<qualifier>\\$LATEST|[a-zA-Z0-9-_]+))?$',
);

/**
 * Reads the FunctionName of a request. `qualifier` is the one given beside the name.
 * Throws ValidationException for what is no name, AccessDeniedException for another account,
 * ResourceNotFoundException for another region, InvalidParameterValueException for two qualifiers that differ.
 */
export function readFunctionReference(
  text: string, qualifier: string | undefined, settings: LocalCloudSettings,
): FunctionReference {
  const parts = REFERENCE.exec(text)?.groups;
  if (!parts?.['name'] || text.length > 140) throw invalidMember(text, 'functionName', pattern(FUNCTION_NAME));
  if (qualifier !== undefined && !/^[a-zA-Z0-9$_-]{1,128}$/.test(qualifier)) {
    throw invalidMember(qualifier, 'qualifier', pattern(QUALIFIER));
  }
  checkOwner(parts['region'], parts['account'], settings);
  const derived = parts['qualifier'];
  if (qualifier !== undefined && derived !== undefined && derived !== qualifier) {
    throw invalidParameter('The derived qualifier from the function name does not match the specified qualifier.');
  }
  return { name: parts['name'], qualifier: qualifier ?? derived };
}

function checkOwner(region: string | undefined, account: string | undefined, settings: LocalCloudSettings): void {
  if (account !== undefined && account !== settings.accountId) {
    throw new LambdaError(403, 'AccessDeniedException',
      `the embedded cloud holds account ${settings.accountId} alone, not ${account}`);
  }
  if (region !== undefined && region !== settings.region) {
    throw notFound(`Functions from '${region}' are not reachable in this region ('${settings.region}')`);
  }
}

export function functionArn(settings: LocalCloudSettings, name: string, qualifier?: string): string {
  const arn = `arn:aws:lambda:${settings.region}:${settings.accountId}:function:${name}`;
  return qualifier === undefined ? arn : `${arn}:${qualifier}`;
}
