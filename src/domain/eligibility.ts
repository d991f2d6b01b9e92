import type { AliasState, ProvisionedConcurrency, VersionState } from './alias.ts';
import type { Look } from './look.ts';
import { pointsAt, type AliasRole, type PlannedMove } from './plan-switch.ts';

export type CheckName =
  | 'record_deployed' | 'version_exists' | 'version_state' | 'code_hash' | 'alias_exists'
  | 'same_role_and_architecture' | 'provisioned_concurrency' | 'already_live';

/** `warn`: it can be made live, and somebody should know this first. */
export type CheckOutcome = 'pass' | 'warn' | 'fail';

export interface EligibilityCheck {
  readonly name: CheckName;
  /** The function it is about; null for a check of the whole deployment. */
  readonly role: AliasRole | null;
  readonly outcome: CheckOutcome;
  /** A sentence for a person. */
  readonly message: string;
}

export interface Eligibility {
  readonly deploymentId: string;
  /** No check failed. */
  readonly eligible: boolean;
  readonly checks: readonly EligibilityCheck[];
}

/** What Lambda says of one function of the deployment. */
export interface FunctionFacts {
  readonly move: PlannedMove;
  readonly target: Look<VersionState>;
  /** Of the target when it was registered. */
  readonly recordedCodeSha256: string | undefined;
  readonly alias: Look<AliasState>;
  /** The version that the alias points at now. */
  readonly live: Look<VersionState>;
  readonly provisioned: Look<ProvisionedConcurrency>;
}

export function eligibilityOf(deploymentId: string, checks: readonly EligibilityCheck[]): Eligibility {
  return { deploymentId, eligible: checks.every(({ outcome }) => outcome !== 'fail'), checks };
}

/** For a deployment whose record alone forbids it; `message` says why. */
export function undeployable(message: string): EligibilityCheck {
  return { name: 'record_deployed', role: null, outcome: 'fail', message };
}

/** For a deployment that can be planned: everything that can be said before its aliases are moved. */
export function judge(facts: readonly FunctionFacts[]): EligibilityCheck[] {
  return [
    {
      name: 'record_deployed', role: null, outcome: 'pass',
      message: 'The deployment is deployed and its versions are known.',
    },
    ...facts.flatMap((each) => [...versionChecks(each), ...aliasChecks(each)]),
    alreadyLive(facts),
  ];
}

type Verdict = readonly [CheckOutcome, string];

function check(name: CheckName, { role }: PlannedMove, [outcome, message]: Verdict): EligibilityCheck {
  return { name, role, outcome, message };
}

function versionChecks({ move, target, recordedCodeSha256: recorded }: FunctionFacts): EligibilityCheck[] {
  const { functionName, version } = move;
  switch (target.kind) {
    case 'unknown':
      return [check('version_exists', move, ['warn', target.reason])];
    case 'absent':
      return [check('version_exists', move, ['fail',
        `Version ${version} of ${functionName} no longer exists on Lambda. Choose another deployment, `
        + 'or build this one again.'])];
    case 'found':
      return [
        check('version_exists', move, ['pass', `Version ${version} of ${functionName} exists on Lambda.`]),
        check('version_state', move, stateVerdict(target.value)),
        check('code_hash', move, codeVerdict(target.value, recorded)),
      ];
  }
}

function stateVerdict({ version, state, stateReason }: VersionState): Verdict {
  const why = stateReason === undefined ? '' : ` (${stateReason})`;
  switch (state) {
    case 'Active':
      return ['pass', `Version ${version} is active.`];
    case 'Inactive':
    case 'Deactivating':
      return ['warn', `Version ${version} sleeps${why} and wakes slowly: the first request may be rejected.`];
    case 'Pending':
      return ['warn', `Version ${version} is still being prepared${why}: requests may be rejected until it is active.`];
    case 'Failed':
    case 'Deleting':
    case 'ActiveNonInvocable':
      return ['fail', `Version ${version} cannot be invoked: its state is ${state}${why}.`];
    default:
      return ['warn', `Version ${version} is in the state ${state}${why}, of which nothing is known here.`];
  }
}

function codeVerdict({ version, codeSha256 }: VersionState, recorded: string | undefined): Verdict {
  if (recorded === undefined) {
    return ['warn', `What code version ${version} had when it was registered is not known, so it cannot be compared.`];
  }
  return codeSha256 === recorded
    ? ['pass', `Version ${version} has the code it was registered with.`]
    : ['fail', `Version ${version} has other code than when it was registered: the function was deleted and made anew. `
      + 'Register a new deployment for what is there now.'];
}

function aliasChecks({ move, alias, target, live, provisioned }: FunctionFacts): EligibilityCheck[] {
  switch (alias.kind) {
    case 'unknown':
      return [check('alias_exists', move, ['warn', alias.reason])];
    case 'absent':
      return [check('alias_exists', move, ['fail',
        `The live alias of ${move.functionName} does not exist on Lambda. Create the function and its alias first.`])];
    case 'found': {
      const exists = check('alias_exists', move, ['pass', `The live alias of ${move.functionName} exists.`]);
      const same = target.kind === 'found'
        ? [check('same_role_and_architecture', move, kinshipVerdict(target.value, live, alias.value))] : [];
      return [exists, ...same, check('provisioned_concurrency', move, provisionedVerdict(move, provisioned))];
    }
  }
}

function kinshipVerdict(target: VersionState, live: Look<VersionState>, alias: AliasState): Verdict {
  if (live.kind === 'unknown') return ['warn', live.reason];
  if (live.kind === 'absent') {
    return ['warn', `Version ${alias.version}, which is live, does not exist any more, so it cannot be compared.`];
  }
  const differences = [
    ...(target.role === live.value.role ? [] : ['execution role']),
    ...(architectures(target) === architectures(live.value) ? [] : ['architecture']),
  ];
  const versions = `Versions ${target.version} and ${live.value.version}, which is live,`;
  return differences.length === 0
    ? ['pass', `${versions} have the same execution role and architecture.`]
    : ['warn', `${versions} differ in ${differences.join(' and ')}. All traffic can be moved at once; `
      + 'sharing it by weights may be refused.'];
}

function architectures(version: VersionState): string {
  return version.architectures.toSorted().join();
}

function provisionedVerdict({ version }: PlannedMove, provisioned: Look<ProvisionedConcurrency>): Verdict {
  switch (provisioned.kind) {
    case 'unknown': return ['warn', provisioned.reason];
    case 'absent': return ['pass', 'No instances are kept warm for the alias, so none have to be moved.'];
    case 'found': return ['warn',
      `${provisioned.value.requested} instances are kept warm for the alias (${provisioned.value.status}). After the `
      + `move Lambda needs minutes to warm as many of version ${version}; requests may start cold until then.`];
  }
}

function alreadyLive(facts: readonly FunctionFacts[]): EligibilityCheck {
  const about = { name: 'already_live', role: null } as const;
  const looks = facts.map(({ move, alias }) =>
    alias.kind === 'found' ? pointsAt(alias.value, move.version) : alias.kind);
  if (looks.every((look) => look === true)) {
    return { ...about, outcome: 'warn', message: 'The deployment\'s versions are live already: nothing would change.' };
  }
  return looks.some((look) => look === 'unknown') && !looks.includes(false)
    ? { ...about, outcome: 'warn', message: 'Whether the deployment is live already is not known.' }
    : { ...about, outcome: 'pass', message: 'The deployment is not live yet.' };
}
