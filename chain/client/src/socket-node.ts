// WebSocket of Node over `ws`.
import { WebSocket } from 'ws';
import type { Socket, SocketInit, SocketListener } from './socket.js';

export function openSocket(init: SocketInit, listener: SocketListener): Socket {
  const socket = new WebSocket(init.endpoint, {
    maxPayload: init.maxMessageBytes,
    handshakeTimeout: init.handshakeTimeoutMs,
  });
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
