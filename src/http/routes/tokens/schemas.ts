import { Type } from 'typebox';
import type { Static } from 'typebox';
import { EXAMPLE_END, EXAMPLE_TIME, STRICT, id, time } from '../../common-schemas.ts';
import { LONG, component, nullable, nullableInteger, oneOf, ref } from '../../component.ts';
import type { AccessToken } from '../../../domain/access-token.ts';
import { MOST_GRANTS, ROLES } from '../../../domain/grants.ts';

const TokenId = id('The token.', 'tok_01k5hq7x2c4u6w');

export const TokenParams = Type.Object({ tokenId: TokenId });

export const Grant = component('Grant', Type.Object({
  project: Type.String({
    pattern: '^(\\*|[A-Za-z0-9_-]{1,64})$', examples: ['prj_01k5hq3v7m9e8w'],
    description: 'A project\'s id, or `*` for every project and what belongs to none.',
  }),
  role: oneOf([...ROLES], {
    title: 'Role', examples: ['deployer'],
    description: '`viewer` sees; `deployer` sees, registers builds and changes what is live; `domains` sees, adds and '
      + 'deletes domains; `admin` does everything.',
  }),
}, { ...STRICT, description: 'What a caller may do, and where.', examples: [{ project: 'prj_01k5hq3v7m9e8w', role: 'deployer' }] }));

const named = {
  name: Type.String({
    minLength: 1, maxLength: 64, pattern: '^[\\x20-\\x7e]+$', examples: ['pipeline'],
    description: 'What it is for: up to 64 printable ASCII characters. Stands in the records of what its holder does.',
  }),
  grants: Type.Array(ref(Grant), {
    minItems: 1, maxItems: MOST_GRANTS, description: 'What its holder may do.',
    examples: [[{ project: 'prj_01k5hq3v7m9e8w', role: 'deployer' }]],
  }),
};

export const TokenInput = component('TokenInput', Type.Object({
  ...named,
  expiresAt: Type.Optional(Type.Integer({
    ...LONG,
    description: 'When it ends by itself: milliseconds since the Unix epoch, in the future. Left out: never.',
    minimum: 0, maximum: Number.MAX_SAFE_INTEGER, examples: [EXAMPLE_END],
  })),
}, {
  ...STRICT, description: 'A token to make.',
  examples: [{ name: 'pipeline', grants: [{ project: 'prj_01k5hq3v7m9e8w', role: 'deployer' }] }],
}));

const shown = {
  tokenId: TokenId,
  ...named,
  createdAt: time('When it was made.'),
  createdBy: Type.String({ description: 'Who made it.', examples: ['admin'] }),
  expiresAt: nullableInteger({
    description: 'When it ends by itself; null for never. Milliseconds since the Unix epoch.',
    examples: [EXAMPLE_END],
  }),
};

export const AccessTokenView = component('AccessToken', Type.Object(shown, {
  description: 'A bearer token without its secret, which is not kept.',
}));

export const NewToken = component('NewToken', Type.Object({
  ...shown,
  token: nullable({
    examples: ['anc_01k5hq7x2c4u6w_…'],
    description: 'The token itself, to be sent as `Authorization: Bearer …`. Told this once; null when the same request '
      + 'is sent again: if the first answer was lost, delete the token and make another.',
  }),
}, { description: 'A token that was just made.' }));

export const TOKEN_EXAMPLE: Static<typeof AccessTokenView> = {
  tokenId: 'tok_01k5hq7x2c4u6w', name: 'pipeline', grants: [{ project: 'prj_01k5hq3v7m9e8w', role: 'deployer' }],
  createdAt: EXAMPLE_TIME, createdBy: 'admin', expiresAt: null,
};

export const TOKEN_COMPONENTS = [Grant, TokenInput, AccessTokenView, NewToken];

export function tokenView(token: AccessToken): Static<typeof AccessTokenView> {
  const { tokenId, name, grants, createdAt, createdBy, expiresAt } = token;
  return { tokenId, name, grants: [...grants], createdAt, createdBy, expiresAt: expiresAt ?? null };
}
