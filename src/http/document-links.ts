/**
 * A link object of OpenAPI: what of an answer leads on to another operation. Into parameters alone: openapi-generator takes no
 * document whose links fill in a property of a body.
 */
interface Link {
  readonly operationId: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, string>>;
}

type Links = Readonly<Record<string, Link>>;

export interface LinkedOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<Record<string, { links?: Links }>>;
}

/** A property of the answer. */
const body = (path: string) => `$response.body#/${path}`;

/** By operation: where the ids of its answer lead to. What is in the path already is taken along. */
const LEADS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  createProject: {
    projectId: ['getProject', 'changeProject', 'deleteProject', 'registerDeployment', 'addDomain', 'createWebhook', 'getLive'],
  },
  listProjects: { '0/projectId': ['getProject'] },
  registerDeployment: { deploymentId: ['getDeployment', 'finishDeployment', 'getEligibility'] },
  listDeployments: { '0/deploymentId': ['getDeployment', 'getEligibility'] },
  rollBack: { operationId: ['getOperation'], deploymentId: ['getDeployment'] },
  promoteDeployment: { operationId: ['getOperation'] },
  undoRollback: { operationId: ['getOperation'] },
  listOperations: { '0/operationId': ['getOperation'] },
  setPin: { '': ['getPin', 'clearPin'] },
  addDomain: { domainId: ['getDomain', 'diagnoseDomain', 'verifyDomain', 'removeDomain'] },
  listDomains: { '0/domainId': ['getDomain', 'removeDomain'] },
  removeDomain: { domainId: ['getDomain'] },
  createToken: { tokenId: ['getToken', 'deleteToken'] },
  listTokens: { '0/tokenId': ['getToken'] },
  createWebhook: {
    webhookId: ['getWebhook', 'changeWebhook', 'rotateWebhookSecret', 'listDeliveries', 'deleteWebhook'],
  },
  listWebhooks: { '0/webhookId': ['getWebhook', 'listDeliveries'] },
  listDeliveries: { '0/deliveryId': ['resendDelivery'] },
};

/** Says what each answer leads on to: for people, and for programs that walk through the API. */
export function addLinks(operations: readonly LinkedOperation[]): void {
  const known = new Map(operations.map((operation) => [operation.operationId, operation]));
  const find = (operationId: string): LinkedOperation => {
    const found = known.get(operationId);
    if (!found) throw new Error(`a link leads to or from ${operationId}, which is no operation`);
    return found;
  };
  for (const from of Object.keys(LEADS)) find(from);
  for (const from of operations) {
    const links = { ...leadsOf(from, find), ...nextPageOf(from) };
    if (Object.keys(links).length === 0) continue;
    for (const [status, response] of Object.entries(from.responses)) if (status.startsWith('2')) response.links = links;
  }
}

function leadsOf(from: LinkedOperation, find: (operationId: string) => LinkedOperation): Links {
  return Object.fromEntries(Object.entries(LEADS[from.operationId] ?? {}).flatMap(([path, targets]) =>
    targets.map((name) => {
      const given = path === '' ? {} : { [path.replace(/^0\//, '')]: body(path) };
      return [name, { operationId: name, description: find(name).summary, parameters: { ...pathOf(from), ...given } }];
    })));
}

/** A list leads to its own next page. */
function nextPageOf(from: LinkedOperation): Links {
  if (!from.parameters?.some(({ name }) => name === 'cursor')) return {};
  const parameters = { ...pathOf(from), cursor: '$response.header.x-next-cursor' };
  return { nextPage: { operationId: from.operationId, description: 'The next page', parameters } };
}

function pathOf({ parameters = [] }: LinkedOperation): Readonly<Record<string, string>> {
  return Object.fromEntries(parameters.filter((each) => each.in === 'path')
    .map(({ name }) => [name, `$request.path.${name}`]));
}
