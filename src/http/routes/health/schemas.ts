import { Type } from 'typebox';
import { problemFields } from '../../common-schemas.ts';
import { component } from '../../component.ts';

export const Health = component('Health', Type.Object({
  status: Type.Literal('ok', { description: 'The process answers.', examples: ['ok'] }),
}, { description: 'The process is alive.' }));

const checks = Type.Record(Type.String(), Type.String(), {
  description: 'Each part by name: `ok`, or what is wrong with it.', examples: [{ store: 'ok', worker: 'ok' }],
});

export const Readiness = component('Readiness', Type.Object({
  ready: Type.Boolean({ description: 'Whether requests can be served.', examples: [true] }),
  checks,
}, { description: 'Whether the parts a request needs are there.' }));

export const NotReady = component('NotReady', Type.Object({
  ...problemFields,
  ready: Type.Boolean({ description: 'Always false here.', examples: [false] }),
  checks,
}, { description: 'A problem that says which part is missing.' }));
