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
  const { host, lookup } = args.flat().find((each) => typeof each === 'object' && each !== null) ?? {};
  if (net.isIP(host ?? '') !== 0 && !isHere(host) && lookup !== null) {
    return this.destroy(Object.assign(new Error(`${host} is not this machine`), { code: 'ENETUNREACH' }));
  }
  return connect.apply(this, args);
};
syncBuiltinESMExports();
