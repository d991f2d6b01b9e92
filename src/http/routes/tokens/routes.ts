import { Type } from 'typebox';
import { BODY_PROBLEMS, LOCATION, PAGE_HEADERS, answer, noContent, problems } from '../../answers.ts';
import { PageQuery } from '../../common-schemas.ts';
import { ref } from '../../component.ts';
import { pageBody } from '../../page-reply.ts';
import type { RouteDeps, RouteScope } from '../../route-scope.ts';
import { AccessTokenView, NewToken, TOKEN_EXAMPLE, TokenInput, TokenParams, tokenView } from './schemas.ts';

const tags = ['Tokens'];
const config = { grant: 'every:admin' } as const;

export function tokenRoutes(app: RouteScope, { operations }: RouteDeps): void {
  app.post('/tokens', {
    config: { ...config, secrets: ['token'] },
    schema: {
      operationId: 'createToken', tags, summary: 'Make a token',
      description: 'Answers the token this once: only a hash of it is kept.',
      body: ref(TokenInput),
      response: {
        201: answer('The new token.', ref(NewToken), { ...TOKEN_EXAMPLE, token: 'anc_01k5hq7x2c4u6w_…' }, LOCATION),
        ...problems(...BODY_PROBLEMS),
      },
    },
  }, async ({ body, caller, run }, reply) => {
    const { record, token } = await operations.createToken({ ...body, caller }, run);
    return reply.code(201).header('location', `/tokens/${record.tokenId}`)
      .header('cache-control', 'no-store').send({ ...tokenView(record), token });
  });

  app.get('/tokens', {
    config,
    schema: {
      operationId: 'listTokens', tags, summary: 'List the tokens',
      description: 'Newest first. One that has expired is listed for another 30 days.', querystring: PageQuery,
      response: {
        200: answer('One page of tokens.', Type.Array(ref(AccessTokenView)), [TOKEN_EXAMPLE], PAGE_HEADERS),
        ...problems('invalid_request'),
      },
    },
  }, async ({ url, query }, reply) => pageBody(url, reply, await operations.listTokens(query), tokenView));

  app.get('/tokens/:tokenId', {
    config,
    schema: {
      operationId: 'getToken', tags, summary: 'Read a token', description: 'Without its secret, which is not kept.',
      params: TokenParams,
      response: {
        200: answer('The token.', ref(AccessTokenView), TOKEN_EXAMPLE),
        ...problems('token_not_found'),
      },
    },
  }, async ({ params }) => tokenView(await operations.getToken(params.tokenId)));

  app.delete('/tokens/:tokenId', {
    config,
    schema: {
      operationId: 'deleteToken', tags, summary: 'Delete a token',
      description: 'The next request that shows it is refused. Harmless when there is none.',
      params: TokenParams,
      response: { 204: noContent('The token is of no use any more.'), ...problems('token_not_found') },
    },
  }, async ({ params }, reply) => {
    await operations.deleteToken(params.tokenId);
    return reply.code(204).send(null);
  });
}
