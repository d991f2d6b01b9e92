// Preloaded into the server that is fuzzed: made-up webhooks and probes must not reach anybody. Names are not looked up,
// and connections go to this machine alone.
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

const { connect } = net.Socket.prototype;
const isHere = (host) => host === undefined || host === 'localhost' || host === '::1' || /^127\./.test(host);

dns.lookup = (hostname, options, callback = options) => {
  const answer = isHere(hostname) ? [null, ...(options.all ? [[{ address: '127.0.0.1', family: 4 }]] : ['127.0.0.1', 4])]
    : [Object.assign(new Error(`${hostname} is not looked up`), { code: 'ENOTFOUND' })];
  setImmediate(callback, ...answer);
};
net.Socket.prototype.connect = function (...args) {
  const target = args.flat().find((each) => typeof each === 'object' && each !== null) ?? {};
  // Nobody listens there: the connection is refused later, as one to elsewhere would be.
  if (net.isIP(target.host ?? '') !== 0 && !isHere(target.host)) Object.assign(target, { host: '127.0.0.1', port: 9 });
  return connect.apply(this, args);
};
syncBuiltinESMExports();
