import {
  GetAliasCommand, GetFunctionConfigurationCommand, GetProvisionedConcurrencyConfigCommand, UpdateAliasCommand,
} from '@aws-sdk/client-lambda';
import type { AliasConfiguration, FunctionConfiguration, LambdaClient } from '@aws-sdk/client-lambda';
import type { AliasState, AliasTarget, VersionState } from '../../domain/alias.ts';
import { isCloudError } from '../../ports/cloud-error.ts';
import type { Functions } from '../../ports/functions.ts';
import { answered, calling } from './aws-error.ts';

/** The `Functions` port on Lambda's control plane; `aliasName` is the alias the installation switches. */
export function lambdaFunctions(client: LambdaClient, options: { readonly aliasName: string }): Functions {
  const alias = options.aliasName;
  return {
    async readAlias(functionName) {
      const command = new GetAliasCommand({ FunctionName: functionName, Name: alias });
      return aliasState('GetAlias', await calling('lambda', 'GetAlias', client.send(command)));
    },
    async moveAlias(functionName, to) {
      const command = new UpdateAliasCommand(updateAlias(functionName, alias, to));
      return aliasState('UpdateAlias', await calling('lambda', 'UpdateAlias', client.send(command)));
    },
    async describeVersion(functionName, version) {
      const command = new GetFunctionConfigurationCommand({ FunctionName: functionName, Qualifier: version });
      try {
        return versionState(version, await calling('lambda', 'GetFunctionConfiguration', client.send(command)));
      } catch (error) {
        if (isCloudError(error, 'not_found')) return undefined;
        throw error;
      }
    },
    async provisionedConcurrency(functionName) {
      const operation = 'GetProvisionedConcurrencyConfig';
      const command = new GetProvisionedConcurrencyConfigCommand({ FunctionName: functionName, Qualifier: alias });
      try {
        const answer = await calling('lambda', operation, client.send(command));
        const requested = answer.RequestedProvisionedConcurrentExecutions;
        return {
          requested: answered(requested, 'lambda', operation, 'RequestedProvisionedConcurrentExecutions'),
          status: answer.Status ?? 'IN_PROGRESS',
        };
      } catch (error) {
        // The alias without such a setting; one that does not exist has another name.
        if (isCloudError(error) && error.awsName === 'ProvisionedConcurrencyConfigNotFoundException') return undefined;
        throw error;
      }
    },
  };
}

/** The weights always travel: an update that leaves them out may leave an old canary in place. */
function updateAlias(functionName: string, alias: string, to: AliasTarget) {
  return {
    FunctionName: functionName,
    Name: alias,
    FunctionVersion: to.version,
    RoutingConfig: { AdditionalVersionWeights: { ...to.weights } },
    RevisionId: to.revisionId,
  };
}

function aliasState(operation: string, answer: AliasConfiguration): AliasState {
  return {
    version: answered(answer.FunctionVersion, 'lambda', operation, 'FunctionVersion'),
    weights: { ...answer.RoutingConfig?.AdditionalVersionWeights },
    revisionId: answered(answer.RevisionId, 'lambda', operation, 'RevisionId'),
  };
}

/** Lambda leaves `State` out for functions from before there were states; those can be invoked. */
function versionState(asked: string, answer: FunctionConfiguration): VersionState {
  return {
    version: answer.Version ?? asked,
    state: answer.State ?? 'Active',
    stateReason: answer.StateReason,
    codeSha256: answer.CodeSha256,
    role: answer.Role,
    architectures: answer.Architectures ?? [],
  };
}
