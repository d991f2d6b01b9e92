import { Type } from 'typebox';
import type { Static } from 'typebox';
import { DeploymentId } from '../../common-schemas.ts';
import { component, oneOf, ref } from '../../component.ts';
import type { Eligibility as EligibilityRecord, EligibilityCheck as CheckRecord } from '../../../domain/eligibility.ts';

export const EligibilityCheck = component('EligibilityCheck', Type.Object({
  name: oneOf([
    'record_deployed', 'version_exists', 'version_state', 'code_hash', 'alias_exists',
    'same_role_and_architecture', 'provisioned_concurrency', 'already_live',
  ], {
    title: 'EligibilityCheckName',
    description: '`record_deployed`: the deployment is deployed, and its versions are of the project\'s functions. '
      + '`version_exists`, `version_state`: as Lambda says. `code_hash`: the version has the code it was registered '
      + 'with. `alias_exists`: there is an alias to move. `same_role_and_architecture`: as the version that is live, which '
      + 'sharing traffic by weights needs. `provisioned_concurrency`: none has to be moved. `already_live`: it is not.',
    examples: ['version_state'],
  }),
  role: Type.Unsafe<'server' | 'image' | null>({
    title: 'FunctionRole', type: ['string', 'null'], enum: ['server', 'image', null], examples: ['server'],
    description: 'The function it is about; null for a check of the whole deployment.',
  }),
  outcome: oneOf(['pass', 'warn', 'fail'], {
    title: 'EligibilityCheckOutcome',
    description: '`warn`: it can be made live, but know this first. `fail`: it cannot.', examples: ['pass'],
  }),
  message: Type.String({ description: 'What was found, for people.', examples: ['Version 7 is active.'] }),
}, { description: 'One thing that was looked at before making a deployment live.' }));

export const eligibilityFields = {
  deploymentId: DeploymentId,
  eligible: Type.Boolean({ description: 'Whether no check failed.', examples: [true] }),
  checks: Type.Array(ref(EligibilityCheck), {
    description: 'What was looked at. What Lambda did not say in time is a `warn`.',
  }),
};

export const Eligibility = component('Eligibility', Type.Object(eligibilityFields, {
  description: 'Whether a deployment can be made live, and what to know first.',
}));

export const ELIGIBILITY_EXAMPLE: Static<typeof Eligibility> = {
  deploymentId: 'dep_01k5hq4c2t6r1x',
  eligible: true,
  checks: [
    {
      name: 'record_deployed', role: null, outcome: 'pass',
      message: 'The deployment is deployed and its versions are known.',
    },
    {
      name: 'version_exists', role: 'server', outcome: 'pass',
      message: 'Version 7 of storefront-server exists on Lambda.',
    },
    {
      name: 'version_state', role: 'server', outcome: 'warn',
      message: 'Version 7 sleeps and wakes slowly: the first request may be rejected.',
    },
  ],
};

export function eligibilityView({ deploymentId, eligible, checks }: EligibilityRecord): Static<typeof Eligibility> {
  return { deploymentId, eligible, checks: checks.map((check: CheckRecord) => ({ ...check })) };
}
