// A connection to the RPC from inside the process: the same messages and limits as over a WebSocket, without the network.
// Messages are delivered in later turns of the event loop, in order, as a socket delivers them.
import type { RpcSocket, RpcSocketListener } from './rpc-socket.js';

/** Events at the client's end; the shape is that of `SocketListener` of the chain client. */
export interface LocalSocketListener {
  onOpen(): void;
  onMessage(text: string): void;
  onAlive(): void;
  /** The last event of the socket. */
  onClose(): void;
}

/** The client's end. */
export interface LocalSocket {
  send(text: string): void;
  ping(): void;
  terminate(): void;
}

export interface LocalSocketPair {
  readonly client: LocalSocket;
  readonly server: RpcSocket;
}

/** Both ends of a new connection. `onClose` runs once, whichever end terminates it. */
export function createLocalSocketPair(client: LocalSocketListener, onClose: () => void): LocalSocketPair {
  let server: RpcSocketListener | undefined;
  let isOpen = true;
  let isPaused = false;
  const waiting: string[] = [];
  const later = (action: () => void): void => {
    setImmediate(() => {
      if (isOpen) action();
    });
  };
  const deliver = (): void => {
    while (isOpen && !isPaused) {
      const text = waiting.shift();
      if (text === undefined) return;
      server?.onMessage(text);
    }
  };
  const terminate = (): void => {
    if (!isOpen) return;
    isOpen = false;
    waiting.length = 0;
    onClose();
    setImmediate(() => client.onClose());
  };
  later(() => client.onOpen());
  return {
    client: {
      send: (text) => {
        waiting.push(text);
        later(deliver);
      },
      ping: () => later(() => client.onAlive()),
      terminate,
    },
    server: {
      get isOpen() {
        return isOpen;
      },
      get isPaused() {
        return isPaused;
      },
      bufferedAmount: 0,
      listen: (listener) => {
        server = listener;
      },
      send: (text) => later(() => client.onMessage(text)),
      ping: () => later(() => server?.onPong()),
      terminate,
      pause: () => {
        isPaused = true;
      },
      resume: () => {
        isPaused = false;
        later(deliver);
      },
    },
  };
}
