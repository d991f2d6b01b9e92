import { Type } from 'typebox';
import type { Static, TSchema } from 'typebox';
import { EXAMPLE_TIME, STRICT, time } from '../../common-schemas.ts';
import { component, nullable, orNull, ref } from '../../component.ts';
import type { Component } from '../../component.ts';
import { DEFAULT_CACHE } from '../../../domain/follow-ups.ts';
import { JSON_PATH_PATTERN } from '../../../domain/json-path.ts';
import type { Drift as DriftRecord, Project } from '../../../domain/project.ts';
import type { AliasDrift as AliasDriftRecord } from '../../../domain/shared-words.ts';

const invalidate = Type.Boolean({
  description: 'Whether CloudFront is told to forget the other build after a switch.', examples: [true],
});
const paths = Type.Array(
  Type.String({ minLength: 1, maxLength: 1024, pattern: '^/[^\\s*]*\\*?$', description: 'A path that starts with a slash; `*` at its end only.' }),
  { minItems: 1, maxItems: 15, uniqueItems: true, description: 'What it forgets.', examples: [['/*']] },
);

export const CacheSettingsInput = component('CacheSettingsInput', Type.Object({
  invalidate, paths: Type.Optional(paths),
}, {
  ...STRICT, examples: [{ invalidate: true, paths: ['/*'] }],
  description: 'The invalidation after a switch of a project with a distribution. Left out: everything (`/*`) is forgotten.',
}));

export const CacheSettings = component('CacheSettings', Type.Object({ invalidate, paths }, {
  description: 'The invalidation after a switch of a project with a distribution.',
}));

const url = Type.String({
  minLength: 8, maxLength: 2048, pattern: '^https?://[^\\s]+$', examples: ['https://shop.example.com/api/build'],
  description: 'An http or https URL of the site, without user name and password. Redirects are not followed.',
});
const JSON_PATH_HELP = 'The place of the value in the JSON body: names and numbers from the top, such as `$.build.id` or '
  + '`$.items[0].version`.';
const HEADER_HELP = 'The header of the answer that holds the value.';
const EXPECT_HELP = 'What the value has to be; `{deploymentId}` and `{version}` stand for those of the target. Left out: the '
  + 'deployment id, or the version of the server function.';

export const ProbeInput = component('ProbeInput', Type.Object({
  url,
  header: Type.Optional(Type.String({
    minLength: 1, maxLength: 128, pattern: '^[A-Za-z0-9!#$%&\'*+.^_`|~-]+$', description: HEADER_HELP, examples: ['x-build'],
  })),
  jsonPath: Type.Optional(Type.String({
    minLength: 2, maxLength: 1024, pattern: JSON_PATH_PATTERN, description: JSON_PATH_HELP, examples: ['$.deploymentId'],
  })),
  expect: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: EXPECT_HELP, examples: ['{deploymentId}'] })),
}, {
  ...STRICT, examples: [{ url: 'https://shop.example.com/api/build', jsonPath: '$.deploymentId' }],
  description: 'How the site says which build answers: in exactly one of a header and a value of its JSON body. After a '
    + 'switch it is asked until five answers in a row are right.',
}));

export const Probe = component('Probe', Type.Object({
  url,
  header: nullable({ description: HEADER_HELP, examples: [null] }),
  jsonPath: nullable({ description: JSON_PATH_HELP, examples: ['$.deploymentId'] }),
  expect: nullable({ description: EXPECT_HELP, examples: [null] }),
}, { description: 'How the site says which build answers.' }));

export const AliasDrift = component('AliasDrift', Type.Object({
  expected: Type.String({ description: 'The version that the last operation made live.', examples: ['7'] }),
  found: nullable({ description: 'The version that the alias points at; null when there is no alias.', examples: ['8'] }),
  weights: Type.Record(Type.String(), Type.Number(), {
    description: 'Shares of requests, 0 to 1, that go to other versions.', examples: [{ 9: 0.1 }],
  }),
}, { description: 'An alias that somebody else has moved.' }));

const ALIAS_DRIFT_EXAMPLE: Static<typeof AliasDrift> = { expected: '7', found: '8', weights: {} };

export const Drift = component('Drift', Type.Object({
  since: time('When it was first seen.'),
  server: nullableRef(AliasDrift, {
    description: 'Null while the server alias is where it was left.', examples: [ALIAS_DRIFT_EXAMPLE],
  }),
  image: nullableRef(AliasDrift, { description: 'Null while the image alias is where it was left.', examples: [null] }),
}, { description: 'What the latest look in the background found: aliases that are not where the last operation left them.' }));

export const FOLLOW_UP_COMPONENTS = [CacheSettingsInput, CacheSettings, ProbeInput, Probe, AliasDrift, Drift];

/** For new projects. */
export const followUpInput = {
  cache: Type.Optional(ref(CacheSettingsInput)),
  probe: Type.Optional(ref(ProbeInput)),
};

/** For changes: null clears. */
export const followUpChanges = {
  cache: Type.Optional(orNull(CacheSettingsInput, {})),
  probe: Type.Optional(orNull(ProbeInput, {})),
};

export const FOLLOW_UP_EXAMPLE: FollowUpView = {
  cache: { invalidate: true, paths: ['/*'] },
  probe: { url: 'https://shop.example.com/api/build', header: null, jsonPath: '$.deploymentId', expect: null },
  drift: { since: EXAMPLE_TIME, server: ALIAS_DRIFT_EXAMPLE, image: null },
};

export const followUpShown = {
  cache: ref(CacheSettings),
  probe: nullableRef(Probe, {
    description: 'Null: that a switch is live is not proven.', examples: [FOLLOW_UP_EXAMPLE.probe],
  }),
  drift: nullableRef(Drift, {
    description: 'Null: no alias is known to be elsewhere.', examples: [FOLLOW_UP_EXAMPLE.drift],
  }),
};

interface FollowUpView {
  readonly cache: Static<typeof CacheSettings>;
  readonly probe: Static<typeof Probe> | null;
  readonly drift: Static<typeof Drift> | null;
}

export function followUpView({ cache = DEFAULT_CACHE, probe, drift }: Project): FollowUpView {
  return {
    cache: { invalidate: cache.invalidate, paths: [...cache.paths] },
    probe: probe ? { url: probe.url, header: probe.header ?? null, jsonPath: probe.jsonPath ?? null, expect: probe.expect ?? null } : null,
    drift: drift ? driftView(drift) : null,
  };
}

function driftView({ since, server, image }: DriftRecord): Static<typeof Drift> {
  return { since, server: server ? aliasDriftView(server) : null, image: image ? aliasDriftView(image) : null };
}

function aliasDriftView({ expected, found, weights }: AliasDriftRecord): Static<typeof AliasDrift> {
  return { expected, found: found ?? null, weights: { ...weights } };
}

function nullableRef<T extends TSchema>(target: Component<T>, options: object) {
  return Type.Unsafe<Static<T> | null>({ anyOf: [ref(target), { type: 'null' }], ...options });
}
