import type { FastifyReply } from 'fastify';
import type { Page } from '../operations/operations.ts';

/** Names the next page in the reply's headers, and answers the items as callers see them. */
export function pageBody<T, V>(
  url: string, reply: Pick<FastifyReply, 'header'>, page: Page<T>, view: (item: T) => V,
): V[] {
  if (page.nextCursor !== undefined) {
    reply.header('x-next-cursor', page.nextCursor);
    reply.header('link', `<${nextUrl(url, page.nextCursor)}>; rel="next"`);
  }
  return page.items.map(view);
}

/** Relative to the host: the server may stand behind a name it does not know. */
function nextUrl(url: string, cursor: string): string {
  const [path, search] = url.split('?', 2);
  const query = new URLSearchParams(search);
  query.set('cursor', cursor);
  return `${path}?${query.toString()}`;
}
