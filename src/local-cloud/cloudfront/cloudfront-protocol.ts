import type { WireHandler, WireRequest, WireResponse } from '../wire.ts';
import { ALIAS_ROUTES } from './alias-routes.ts';
import { API_PATH, errorAnswer } from './answer.ts';
import { CloudFrontError } from './cloudfront-error.ts';
import type { CloudFrontState } from './cloudfront-state.ts';
import { CONNECTION_GROUP_ROUTES } from './connection-group-routes.ts';
import { DISTRIBUTION_ROUTES } from './distribution-routes.ts';
import type { Route } from './exchange.ts';
import { INVALIDATION_ROUTES } from './invalidation-routes.ts';
import { TAG_ROUTES } from './tag-routes.ts';
import { TENANT_ROUTES } from './tenant-routes.ts';

const ROUTES = [
  ...DISTRIBUTION_ROUTES, ...TAG_ROUTES, ...INVALIDATION_ROUTES, ...ALIAS_ROUTES, ...CONNECTION_GROUP_ROUTES,
  ...TENANT_ROUTES,
];
const TOUCH = /^\/_local\/cloudfront\/(distributions|distribution-tenants)\/([^/]+)\/touch$/;

/**
 * CloudFront's REST-XML protocol, version 2020-05-31, and one path of the embedded cloud's own:
 * `POST /_local/cloudfront/distributions/{id}/touch`, or `distribution-tenants`, changes the ETag. Other
 * paths are not its own.
 */
export function cloudFrontHandler(state: CloudFrontState): WireHandler {
  return async (request) => {
    if (!request.path.startsWith(API_PATH)) return touch(state, request);
    return refusable(() => {
      const { route, ids } = routeOf(request);
      return route.answer({ state, request, ids });
    });
  };
}

function touch(state: CloudFrontState, { method, path }: WireRequest): WireResponse | undefined {
  const [, kind, id] = TOUCH.exec(path) ?? [];
  if (method !== 'POST' || id === undefined) return undefined;
  return refusable(() => {
    const { etag } = kind === 'distributions' ? state.touch(id) : state.tenants.touch(id);
    const body = new TextEncoder().encode(JSON.stringify({ id, etag }));
    return { status: 200, headers: { 'content-type': 'application/json', etag }, body };
  });
}

function refusable(answer: () => WireResponse): WireResponse {
  try {
    return answer();
  } catch (error) {
    if (!(error instanceof CloudFrontError)) throw error;
    return errorAnswer(error);
  }
}

function routeOf(request: WireRequest): { route: Route; ids: readonly string[] } {
  const segments = request.path.slice(API_PATH.length).replace(/\/$/, '').split('/').map(decoded);
  const route = ROUTES.find((candidate) => matches(candidate, request, segments));
  if (!route) {
    throw new CloudFrontError('UnsupportedOperation',
      `The embedded cloud has no CloudFront operation ${request.method} ${request.path}.`);
  }
  const pattern = route.path.split('/');
  return { route, ids: segments.filter((_, index) => pattern[index] === '*') };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // no id looks like that, so the answer is that there is no such thing
  }
}

function matches({ method, path, query }: Route, request: WireRequest, segments: readonly string[]): boolean {
  const pattern = path.split('/');
  const [name, value] = query ?? [];
  return method === request.method && pattern.length === segments.length
    && pattern.every((part, index) => part === '*' || part === segments[index])
    && (name === undefined || (value === undefined ? request.query.has(name) : request.query.get(name) === value));
}
