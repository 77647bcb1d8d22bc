// WebSocket of Node over `ws`. With a node key in the endpoint, TLS is pinned to it (docs/protocol/node-api.md §3.7).
import { fromHex } from '@cess/primitives';
import { PinnedConnector } from '@cess/tls';
import { type ClientOptions, WebSocket } from 'ws';
import type { Socket, SocketInit, SocketListener } from './socket.js';

export function openSocket(init: SocketInit, listener: SocketListener): Socket {
  const socket = openWebSocket(init);
  socket.on('open', () => listener.onOpen());
  socket.on('message', (data) => listener.onMessage(String(data)));
  socket.on('pong', () => listener.onAlive());
  socket.on('error', (cause) => listener.onError(cause));
  socket.on('close', () => listener.onClose());
  return {
    send: (text) => socket.send(text),
    ping: () => socket.ping(),
    terminate: () => socket.terminate(),
  };
}

function openWebSocket({ endpoint, maxMessageBytes: maxPayload, handshakeTimeoutMs }: SocketInit): WebSocket {
  const options = { maxPayload, handshakeTimeout: handshakeTimeoutMs };
  const [, key, origin] = /^wss:\/\/([0-9a-f]{64})@(.+)$/.exec(endpoint) ?? [];
  if (key === undefined || origin === undefined) return new WebSocket(endpoint, options);
  const { hostname, port } = new URL(`wss://${origin}`);
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  const target = { host, port: Number(port || 443), nodeKey: fromHex(key) };
  const createConnection: ClientOptions['createConnection'] = () => new PinnedConnector(Date.now).connect(target);
  return new WebSocket(`wss://${origin}`, { ...options, createConnection });
}
