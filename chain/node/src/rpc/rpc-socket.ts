// A message channel as an RPC connection of the node needs it: a WebSocket, or the other end of a local socket.
import type { WebSocket } from 'ws';

export interface RpcSocketListener {
  onMessage(text: string): void;
  /** The peer answered a ping. */
  onPong(): void;
}

export interface RpcSocket {
  readonly isOpen: boolean;
  readonly isPaused: boolean;
  /** Bytes buffered for sending. */
  readonly bufferedAmount: number;
  listen(listener: RpcSocketListener): void;
  send(text: string): void;
  ping(): void;
  /** Closes without waiting for the peer. */
  terminate(): void;
  /** Stops reading until `resume`. */
  pause(): void;
  resume(): void;
}

export function rpcSocketOf(socket: WebSocket): RpcSocket {
  return {
    get isOpen() {
      return socket.readyState === socket.OPEN;
    },
    get isPaused() {
      return socket.isPaused;
    },
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
    listen: ({ onMessage, onPong }) => {
      socket.on('message', (data) => onMessage(String(data)));
      socket.on('pong', onPong);
    },
    send: (text) => socket.send(text),
    ping: () => socket.ping(),
    terminate: () => socket.terminate(),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
  };
}
