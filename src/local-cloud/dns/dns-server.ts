import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { answerDns } from './dns-answer.ts';
import type { Zone } from './zone.ts';

export interface DnsServer {
  readonly port: number;
  /** Ends open connections; safe to call twice. */
  close(): Promise<void>;
}

const IDLE_CONNECTION_MS = 10_000;
const MAX_CONNECTIONS = 100;
/** A query is some hundred bytes; more is not a resolver. */
const MAX_QUERY_BYTES = 4_096;
const PORT_ATTEMPTS = 20;

/**
 * Serves the zone over UDP and TCP on one port; with port 0 on a free one. Rejects with the
 * socket's error (EADDRINUSE, …) when it cannot.
 */
export async function startDnsServer(zone: Zone, { host, port }: { host: string; port: number }): Promise<DnsServer> {
  let failure: unknown;
  // A port that is free for TCP may be taken for UDP: with a port of the system's choice, choose again.
  for (let attempts = port === 0 ? PORT_ATTEMPTS : 1; attempts > 0; attempts--) {
    const tcp = await listenTcp(zone, host, port);
    try {
      return await withUdp(zone, tcp, host);
    } catch (error) {
      failure = error;
      await closed(tcp.server);
    }
  }
  throw failure;
}

interface TcpListener {
  readonly server: Server;
  readonly connections: ReadonlySet<Socket>;
  readonly port: number;
}

async function withUdp(zone: Zone, tcp: TcpListener, host: string): Promise<DnsServer> {
  const udp = await bindUdp(zone, host, tcp.port);
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    for (const connection of tcp.connections) connection.destroy();
    await Promise.all([new Promise<void>((resolve) => udp.close(resolve)), closed(tcp.server)]);
  };
  return { port: tcp.port, close: () => (closing ??= close()) };
}

async function bindUdp(zone: Zone, host: string, port: number): Promise<UdpSocket> {
  const udp = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  udp.on('message', (message, from) => {
    const answer = answerDns(zone, message, 'udp');
    // The callback keeps a failed send (client gone, port 0) from being thrown.
    if (answer) udp.send(answer, from.port, from.address, () => undefined);
  });
  udp.bind(port, host);
  try {
    await once(udp, 'listening');
  } catch (error) {
    udp.close();
    throw error;
  }
  // From here on an error is about one datagram, and a lost datagram is the client's to repeat.
  udp.on('error', () => undefined);
  return udp;
}

async function listenTcp(zone: Zone, host: string, port: number): Promise<TcpListener> {
  const connections = new Set<Socket>();
  const server = createServer((socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
    serveConnection(zone, socket);
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.listen(port, host);
  await once(server, 'listening');
  return { server, connections, port: (server.address() as AddressInfo).port };
}

/** Messages behind their length (RFC 1035 section 4.2.2), several on one connection. */
function serveConnection(zone: Zone, socket: Socket): void {
  let pending = Buffer.alloc(0);
  socket.setTimeout(IDLE_CONNECTION_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    while (pending.length >= 2) {
      const size = pending.readUInt16BE(0);
      if (size > MAX_QUERY_BYTES) return void socket.destroy();
      if (pending.length < size + 2) return;
      const answer = answerDns(zone, pending.subarray(2, size + 2), 'tcp');
      pending = pending.subarray(size + 2);
      if (answer) socket.write(Buffer.concat([lengthOf(answer), answer]));
    }
  });
}

function lengthOf(message: Buffer): Buffer {
  const prefix = Buffer.alloc(2);
  prefix.writeUInt16BE(message.length);
  return prefix;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
