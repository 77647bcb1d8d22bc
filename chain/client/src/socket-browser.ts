// WebSocket of the browser. It has no ping, so a cheap call takes its place, and any message is a sign of life.
import type { Socket, SocketInit, SocketListener } from './socket.js';

/** The part of the global WebSocket that is used here. */
interface BrowserSocket {
  readonly readyState: number;
  send(text: string): void;
  close(): void;
  addEventListener(type: 'open' | 'error' | 'close', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

const openState = 1;
/** An id that no call of the connection has, so that its answer is ignored. */
const pingText = JSON.stringify({ jsonrpc: '2.0', id: 'ping', method: 'system_name', params: [] });

export function openSocket({ endpoint, handshakeTimeoutMs }: SocketInit, listener: SocketListener): Socket {
  const { WebSocket } = globalThis as unknown as { readonly WebSocket: new (url: string) => BrowserSocket };
  const socket = new WebSocket(endpoint);
  let isClosed = false;
  // The browser reports a close only after its closing handshake; whoever terminates does not wait for it.
  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    clearTimeout(handshake);
    socket.close();
    listener.onClose();
  };
  const handshake = setTimeout(close, handshakeTimeoutMs);
  socket.addEventListener('open', () => {
    clearTimeout(handshake);
    if (!isClosed) listener.onOpen();
  });
  socket.addEventListener('message', ({ data }) => {
    if (isClosed) return;
    listener.onAlive();
    listener.onMessage(String(data));
  });
  socket.addEventListener('error', () => listener.onError(new Error('the WebSocket failed')));
  socket.addEventListener('close', close);
  return {
    send: (text) => {
      if (socket.readyState === openState) socket.send(text);
    },
    ping: () => {
      if (socket.readyState === openState) socket.send(pingText);
    },
    terminate: close,
  };
}
