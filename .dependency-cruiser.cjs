/** The layer rule: data flows http, worker → operations → domain and ports; adapters implement ports. */
const only = (name, from, allowed) => ({
  name, severity: 'error',
  from: { path: from },
  to: { path: '^src/', pathNot: allowed },
});

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-orphans', severity: 'error', from: { orphan: true, path: '^src/', pathNot: '^src/(main|bin/)' }, to: {} },
    only('domain-is-pure', '^src/domain/', '^src/domain/'),
    { name: 'domain-has-no-io', severity: 'error', from: { path: '^src/domain/' }, to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|url|net)$' } },
    { name: 'domain-has-no-sdk', severity: 'error', from: { path: '^src/domain/' }, to: { path: 'node_modules/(@aws-sdk|fastify|pino|libsql)' } },
    only('ports-know-domain', '^src/ports/', '^src/(ports|domain)/'),
    only('operations-know-domain-and-ports', '^src/operations/', '^src/(operations|domain|ports)/'),
    only('worker-calls-operations', '^src/worker/', '^src/(worker|operations|domain|ports)/'),
    only('http-calls-operations', '^src/http/', '^src/(http|operations|domain|ports)/'),
    only('adapters-implement-ports', '^src/adapters/', '^src/(adapters|domain|ports)/'),
    only('local-cloud-stands-alone', '^src/local-cloud/', '^src/local-cloud/'),
    {
      name: 'only-composition-sees-the-local-cloud', severity: 'error',
      from: { path: '^src/', pathNot: '^src/(compose|main|server|demo-project|local-cloud/|bin/)' }, to: { path: '^src/local-cloud/' },
    },
    {
      name: 'traces-are-loaded-on-demand', severity: 'error',
      from: { path: '^src/', pathNot: '^src/adapters/tracing/' },
      to: { path: '^src/adapters/tracing/|node_modules/@(opentelemetry|fastify/otel)/', dynamic: false, dependencyTypesNot: ['type-only'] },
    },
    { name: 'no-dev-dependencies-in-src', severity: 'error', from: { path: '^src/' }, to: { dependencyTypes: ['npm-dev'] } },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { extensions: ['.ts', '.js'], conditionNames: ['import', 'types', 'node'] },
  },
};
