import type { ProblemCode } from './problem-kinds.ts';

/** For whoever meets a code: why it is answered, and what ends it. In Markdown, whole sentences. */
export interface ProblemRemedy {
  readonly cause: string;
  readonly remedy: string;
}

const because = (cause: string, remedy: string): ProblemRemedy => ({ cause, remedy });

const LIST_THEM = 'List them, and use an id of the list.';
const AGAIN = 'Send it again after `Retry-After`, with the same `Idempotency-Key`.';

/** One entry for each code: a new one does not compile without. What it is about, the `detail` of an answer says. */
export const PROBLEM_REMEDIES: Readonly<Record<ProblemCode, ProblemRemedy>> = {
  invalid_request: because('A field of the body, path, query or header is missing, unknown or not of its form.',
    'Correct the fields that `errors` names.'),
  malformed_request: because('The request is not HTTP, the URL cannot be decoded, or the body is not JSON.',
    'Send valid JSON with `content-type: application/json`; look at what a proxy in between makes of it.'),
  invalid_hostname: because('It is no name of the public DNS, or is the platform\'s own (`PLATFORM_DOMAINS`).',
    'Send a name that its owner can set records for, such as `shop.example.com`.'),
  unauthenticated: because('No proof was shown, or the token is unknown, has ended, or is not meant for this server.',
    'Send `Authorization: Bearer …` with a token that is valid; make a new one if it was deleted or has expired.'),
  grant_missing: because('The caller is known, and its role on the project is less than the route needs.',
    'Let an admin give the role that `detail` names: by a new token, or in the claims of the issuer.'),
  route_not_found: because('No route has this path.',
    'Compare the path with `/docs`; look for a prefix that a proxy adds.'),
  project_not_found: because('There is no such project, or the caller has no role on it: which, is not told.',
    'List the projects that the caller can see; ask for a role on the project if it is not among them.'),
  deployment_not_found: because('The project has no deployment of this id.', LIST_THEM),
  domain_not_found: because('The project has no domain of this id; one that was deleted is gone when its name has left '
    + 'CloudFront.', LIST_THEM),
  pin_not_found: because('Nobody has pinned the project, or the pin has expired.', 'Nothing needs to be lifted.'),
  operation_not_found: because('The project has no operation of this id.', LIST_THEM),
  token_not_found: because('There is no token of this id; it was deleted, or has expired.', LIST_THEM),
  webhook_not_found: because('The project has no webhook of this id.', LIST_THEM),
  delivery_not_found: because('The webhook has no delivery of this id; deliveries are kept for a while only.',
    LIST_THEM),
  method_not_allowed: because('The path is known, the method is not.', 'Use a method of the `Allow` header.'),
  request_timeout: because('The request did not arrive whole within `REQUEST_TIMEOUT_MS`.',
    'Send it faster or smaller; look for a proxy that holds it back.'),
  project_busy: because('Others changed the same record at the same moment, or the project is being deleted.',
    'Send it again; if the project is being deleted, nothing can be changed in it any more.'),
  project_has_domains: because('The project still serves names, so it cannot be deleted, nor its distribution changed.',
    'Delete its domains, and wait until they are gone.'),
  function_not_configured: because('The deployment has a version of a function that the project does not name.',
    'Set `serverFunctionName` or `imageFunctionName` of the project, or the installation\'s default.'),
  distribution_not_configured: because('Neither the project nor the installation says where domains go on CloudFront.',
    'Set `distributionId` and `distributionDomain` of the project, or its `edge`; or the installation\'s defaults.'),
  distribution_full: because('One certificate covers every name of a distribution, and it has no room for another.',
    'Delete a domain; have AWS raise ACM\'s quota of names and then `DISTRIBUTION_NAME_LIMIT`; or use '
    + '`"edge": {"mode": "tenant"}` for new names.'),
  deployment_status_final: because('The build has ended already, and how it ended stays.',
    'Register a new deployment.'),
  deployment_not_deployable: because('The build failed or has not ended, has no version, or is one of another '
    + 'function.',
    'Read its eligibility (`GET …/eligibility`), and choose one that can be made live.'),
  version_not_found: because('The version was deleted from Lambda. No alias was left moved.',
    'Choose another deployment, or build this one again; keep more versions of the function.'),
  alias_not_found: because('The function does not exist or has no alias `ALIAS_NAME`. No alias was left moved.',
    'Create the function and its alias; look at the names and the region that the project has.'),
  project_pinned: because('Somebody rolled back or pinned the project, so that no pipeline undoes it.',
    'Ask who is named; lift the pin (`DELETE …/pin`), or send `{"override": true}`.'),
  nothing_to_undo: because('There was no rollback, or what it made live is not live any more.',
    'Promote the deployment that should be live.'),
  operation_in_progress: because('Another rollback, promote or undo of the project has not ended.',
    'Wait for the operation named by `operationId`; a dead one is finished or undone within `OPERATION_LEASE_MS`.'),
  request_in_progress: because('A request with the same `Idempotency-Key` is still being served.', AGAIN),
  hostname_taken: because('A name is held once, and another project holds this one.',
    'If the name is yours, send `"takeOver": true` and set the TXT record of the answer.'),
  domain_deleting: because('The same name is being deleted in this project.', 'Add it again when it is gone.'),
  too_many_webhooks: because('The project has as many webhooks as it may.', 'Delete one that is not used.'),
  payload_too_large: because('The body is longer than `BODY_LIMIT_BYTES`.',
    'Send less; no request of this API is large.'),
  unsupported_media_type: because('The body is not declared as JSON.', 'Send `content-type: application/json`.'),
  idempotency_key_reused: because('The key belongs to a request with another method, path or body.',
    'Use a new key for each new request, and the old one for repeats alone.'),
  verify_too_soon: because('The domain was looked at a moment ago (`DOMAIN_VERIFY_EVERY_MS`).',
    'Wait for `Retry-After`; `GET …/dns` tells meanwhile what its DNS looks like.'),
  rate_limited: because('The caller asked more than `RATE_LIMIT_PER_MINUTE` of one replica, or an address '
    + 'without a valid proof did.', 'Wait for `Retry-After`, and ask less often: follow events in place of polling.'),
  headers_too_large: because('The headers are longer than is read.',
    'Send fewer; look for cookies that do not belong here.'),
  alias_update_failed: because('Lambda refused to move an alias, or denied it. No alias was left moved.',
    '`detail` has what Lambda said; with `AccessDenied` add the function to the task role (`FunctionArns`).'),
  internal_error: because('A mistake in Anchor.', 'Look in the log for the `requestId`, and report what stands there.'),
  upstream_unavailable: because('AWS could not be reached, failed, or denied the call.',
    'Look in the log for the `requestId`: `denied` as `err.kind` is a matter of the task role, others mostly pass.'),
  upstream_throttled: because('AWS, Lambda most of all, takes no more calls at the moment.', AGAIN),
  operation_unfinished: because('How the operation ended could not be seen. It is finished or undone in the '
    + 'background.',
    'Read the operation that `operationId` names until it has ended. Do not begin another one.'),
  callers_unavailable: because('The keys of the issuer (`OIDC_JWKS_URL`) cannot be read.',
    'Look at the issuer, and at the way to it through proxies, firewalls and security groups.'),
  under_pressure: because('Requests wait too long for the process (`PRESSURE_EVENT_LOOP_DELAY_MS`). Nothing was done.',
    'Wait for `Retry-After`; if it stays, run more tasks or larger ones.'),
  too_many_streams: because('The replica keeps `EVENT_STREAMS` event streams open.',
    'Connect again shortly, which may reach another replica; look for clients that never close.'),
  not_ready: because('The store cannot be used, the worker has not ended a pass lately, or the server is '
    + 'shutting down.',
    '`checks` says which; for the store look at the tables, the task role and the way to DynamoDB.'),
};
