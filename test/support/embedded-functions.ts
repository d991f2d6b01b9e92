import type { AliasState } from '../../src/domain/alias.ts';
import { LambdaError } from '../../src/local-cloud/lambda/lambda-error.ts';
import type { StoredAlias } from '../../src/local-cloud/lambda/lambda-records.ts';
import type { LambdaState } from '../../src/local-cloud/lambda/lambda-state.ts';
import { CloudError, type CloudErrorKind } from '../../src/ports/cloud-error.ts';
import type { Functions } from '../../src/ports/functions.ts';

/** The embedded Lambda as a port, without SDK and wire: a call is one microtask. */
export function embeddedFunctions(lambda: LambdaState, aliasName: string): Functions {
  return {
    readAlias: async (functionName) => asked('GetAlias', () => stateOf(lambda.aliases.get(functionName, aliasName))),
    moveAlias: async (functionName, { version, weights, revisionId }) => asked('UpdateAlias', () => stateOf(
      lambda.aliases.update(functionName, aliasName, {
        version, weights, ...(revisionId !== undefined && { revisionId }),
      }),
    )),
    describeVersion: async (functionName, version) => {
      try {
        const { state, stateReason, content } = lambda.functions.resolve(functionName, version);
        return {
          version, state, stateReason: stateReason ?? undefined, codeSha256: content.codeSha256, role: content.role,
          architectures: content.architectures,
        };
      } catch (error) {
        if (error instanceof LambdaError && error.status === 404) return undefined;
        throw error;
      }
    },
    provisionedConcurrency: async (functionName) => asked('GetProvisionedConcurrencyConfig', () => {
      lambda.aliases.get(functionName, aliasName);
      const found = lambda.records.findProvisioned(functionName, aliasName);
      return found && { requested: found.requested, status: 'READY' };
    }),
  };
}

function stateOf({ version, weights, revisionId }: StoredAlias): AliasState {
  return { version, weights: { ...weights }, revisionId };
}

const KINDS: Readonly<Record<number, CloudErrorKind>> = { 400: 'refused', 404: 'not_found', 409: 'conflict', 412: 'stale' };

function asked<T>(operation: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof LambdaError)) throw error;
    throw new CloudError({
      kind: KINDS[error.status] ?? 'unavailable', service: 'lambda', operation, awsName: error.name, message: error.message,
    });
  }
}
