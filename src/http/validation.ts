import { AjvCompiler } from '@fastify/ajv-compiler';
import type { FastifyServerOptions } from 'fastify';

type CompilersFactory = NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>;
type BuildValidator = NonNullable<CompilersFactory['buildValidator']>;

const COMMON = {
  allErrors: true, verbose: true, removeAdditional: false, allowUnionTypes: true, discriminator: true,
} as const;

/** JSON says what it means: null is not '', '5' is not 5, and nothing is left out silently. */
const BODY = { ...COMMON, coerceTypes: false, useDefaults: false } as const;
/** Everything in a URL is text. */
const URL_PARTS = { ...COMMON, coerceTypes: true, useDefaults: true } as const;

/** Fastify's own compiler changes bodies to make them fit; this one only judges them. */
export function strictBodies(): BuildValidator {
  const build = AjvCompiler();
  return (externalSchemas: Parameters<typeof build>[0]) => {
    const body = build(externalSchemas, { customOptions: BODY });
    const urlParts = build(externalSchemas, { customOptions: URL_PARTS });
    // Fastify hands over the whole definition of a route's part, whatever the declared type says.
    return (part: Parameters<typeof body>[0]) => (isBody(part) ? body : urlParts)(part);
  };
}

function isBody(part: unknown): boolean {
  return typeof part === 'object' && part !== null && 'httpPart' in part && part.httpPart === 'body';
}
