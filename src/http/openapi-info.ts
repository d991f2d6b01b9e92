import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';

/** The version of the package. */
export const API_VERSION = '0.1.0';

type OpenApi = NonNullable<FastifyDynamicSwaggerOptions['openapi']>;

/** The parts of the document that no route says. */
export const OPENAPI: OpenApi = {
  openapi: '3.1.0',
  info: {
    title: 'Anchor',
    version: API_VERSION,
    summary: 'Instant rollback and custom domains for Next.js sites on Lambda and CloudFront.',
    description: [
      '- Times are integer milliseconds since the Unix epoch. Ids are opaque and sort by creation.',
      '- Bodies are strict: an unknown property is refused by name. Errors are `application/problem+json` with a stable `code`.',
      '- Lists are arrays, newest first; `x-next-cursor` and `Link` lead to the next page.',
      '- Every change takes an `Idempotency-Key`: a request sent again with the same key is not done again but answered as the '
        + 'first time. Answers with a 5xx status or `Retry-After` are no end: they are not kept.',
      '- Where requests are limited, `RateLimit-*` headers say what is left.',
    ].join('\n'),
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  } as OpenApi['info'] & object,
  servers: [{ url: '/', description: 'The server this document came from.' }],
  security: [{ bearerAuth: [] }, { userId: [] }],
  tags: [
    { name: 'Projects', description: 'Sites: functions that go live together, and the distribution in front of them.' },
    { name: 'Deployments', description: 'Builds that can be made live.' },
    { name: 'Rollback', description: 'Make an earlier deployment live again, or another one, all or nothing.' },
    { name: 'Live', description: 'What is live now, and the pin that keeps it.' },
    { name: 'Operations', description: 'What was changed, by whom, and how it went.' },
    { name: 'Domains', description: 'Custom domains, from the DNS record to being served.' },
    { name: 'Tokens', description: 'Who may call, and what they may do.' },
    { name: 'Events', description: 'What has happened, who asked for it, and what happens now.' },
    { name: 'Webhooks', description: 'Events, sent to where they are wanted.' },
    { name: 'Health', description: 'For those who watch the server.' },
  ],
  components: {
    securitySchemes: {
      bearerAuth: { type: 'http', scheme: 'bearer', description: 'A token of this server, or a JWT of the issuer it trusts.' },
      userId: {
        type: 'apiKey', in: 'header', name: 'x-user-id',
        description: 'Who is asking; believed from a listed proxy, or by a server that runs on the local cloud and asks for no proof.',
      },
    },
  },
};
