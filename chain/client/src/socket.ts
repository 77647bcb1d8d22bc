// A WebSocket as the RPC connection needs it. Node and browsers each bring an implementation (`#socket`).

/** What a socket is opened with. */
export interface SocketInit {
  /** `ws://host:port`, `wss://host:port`, or `wss://<node key in hex>@host:port` for a node with this key (Node only). */
  readonly endpoint: string;
  /** Longer messages end the connection, where the platform can tell in advance. */
  readonly maxMessageBytes: number;
  readonly handshakeTimeoutMs: number;
}

/** What a socket reports. */
export interface SocketListener {
  onOpen(): void;
  onMessage(text: string): void;
  /** The other side answered a `ping`. */
  onAlive(): void;
  /** The last thing that happens to a socket, whether it was open or not. */
  onClose(): void;
  onError(cause: unknown): void;
}

/** An open WebSocket. */
export interface Socket {
  send(text: string): void;
  /** Asks for a sign of life. */
  ping(): void;
  /** Closes without waiting for the other side. */
  terminate(): void;
}

/** Opens a connection; the listener hears everything that happens to it, `onClose` last. */
export type OpenSocket = (init: SocketInit, listener: SocketListener) => Socket;
