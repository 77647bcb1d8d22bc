// Clients that hold places and give nothing for them: each keeps a number of connections in a bad state, and connects again when
// the other side closes one. They never fail; what they do is seen in what honest clients get.
import { connect, type Socket } from 'node:net';
import type { Ed25519Signer } from '@cess/crypto';
import { audienceHeader, fragmentRootHeader, gatewayHeader, orderPlacePath, signRequest } from '@cess/node-api';
import { toHex } from '@cess/primitives';

/** Pause between two drops of a slow connection. */
const dropPauseMs = 1_000;
/** Pause before a closed connection is opened again: these clients are slow and idle, and no flood of connections. */
const reopenPauseMs = 5_000;
/** What a slow upload sends, and a slow download takes, in a pause. */
const uploadDropBytes = 1_400;
const downloadDropBytes = 16_000;

export interface Target {
  readonly host: string;
  readonly port: number;
}

export function targetOf(url: string): Target {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}

/** One kind of attack: how a connection begins, and what it does in every pause. */
interface Attack {
  begin(socket: Socket): void;
  drop(socket: Socket): void;
}

export class HostileClients {
  readonly #sockets = new Set<Socket>();
  readonly #timer: NodeJS.Timeout;
  #isEnding = false;
  #opened = 0;

  private constructor(
    private readonly target: (index: number) => Target,
    private readonly attack: Attack,
    count: number,
  ) {
    for (let i = 0; i < count; i++) this.#open(i);
    this.#timer = setInterval(() => {
      for (const socket of this.#sockets) attack.drop(socket);
    }, dropPauseMs);
  }

  /** Connections that send nothing. */
  static idle(target: Target, count: number): HostileClients {
    return new HostileClients(() => target, { begin: () => {}, drop: () => {} }, count);
  }

  /** Downloads at 16 KB/s. `url` is presigned. */
  static slowDownloads(url: string, count: number): HostileClients {
    return new HostileClients(
      () => targetOf(url),
      {
        begin: (socket) => {
          socket.pause();
          socket.write(headOf('GET', url, {}));
        },
        drop: (socket) => void socket.read(Math.min(downloadDropBytes, socket.readableLength)),
      },
      count,
    );
  }

  /** Uploads of large bodies at 1.4 KB/s. Each presigned URL is used in turn. */
  static slowUploads(urls: readonly string[], bodyBytes: number, count: number): HostileClients {
    const [first = ''] = urls;
    let next = 0;
    const begin = (socket: Socket) => {
      socket.resume();
      const url = urls[next++ % urls.length] ?? first;
      socket.write(headOf('PUT', url, { 'content-length': String(bodyBytes) }));
    };
    return new HostileClients(() => targetOf(first), { begin, drop: trickle }, count);
  }

  /** Slow uploads of fragments to all providers, signed by a registered gateway. */
  static slowFragments({ providers, gateway, signer }: HostileGateway, count: number): HostileClients {
    const providerAt = (index: number) => providers[index % providers.length] as HostileProvider;
    let order = 0;
    return new HostileClients(
      (index) => targetOf(providerAt(index).endpoint),
      {
        begin: (socket) => {
          socket.resume();
          const provider = providers.find(({ endpoint }) => targetOf(endpoint).port === socket.remotePort);
          if (provider === undefined) return;
          const orderId = new Uint8Array(32);
          new DataView(orderId.buffer).setUint32(0, order++);
          const path = orderPlacePath({ orderId, segment: 0, fragment: 0 });
          const headers: Record<string, string> = {
            [fragmentRootHeader]: toHex(orderId),
            [gatewayHeader]: toHex(gateway),
            [audienceHeader]: toHex(provider.nodeKey),
          };
          Object.assign(headers, signRequest({ method: 'PUT', path, query: '', headers }, signer, Date.now()));
          headers['content-length'] = String(8 * 1024 * 1024);
          socket.write(headOf('PUT', provider.endpoint + path, headers));
        },
        drop: trickle,
      },
      count,
    );
  }

  /** Connections that were opened so far: more than asked for when the other side closed some. */
  get opened(): number {
    return this.#opened;
  }

  end(): void {
    this.#isEnding = true;
    clearInterval(this.#timer);
    for (const socket of this.#sockets) socket.destroy();
  }

  #open(index: number): void {
    const socket = connect(this.target(index));
    this.#opened++;
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('connect', () => this.attack.begin(socket));
    socket.on('close', () => {
      this.#sockets.delete(socket);
      if (!this.#isEnding) setTimeout(() => this.#isEnding || this.#open(index), reopenPauseMs).unref();
    });
  }
}

interface HostileProvider {
  readonly endpoint: string;
  readonly nodeKey: Uint8Array;
}

/** A stranger who registered as a gateway, and whom it attacks. */
export interface HostileGateway {
  readonly providers: readonly HostileProvider[];
  readonly gateway: Uint8Array;
  readonly signer: Ed25519Signer;
}

function trickle(socket: Socket): void {
  if (socket.writable && !socket.connecting) socket.write(Buffer.alloc(uploadDropBytes, 1));
}

function headOf(method: string, url: string, headers: Readonly<Record<string, string>>): string {
  const { host, pathname, search } = new URL(url);
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${pathname}${search} HTTP/1.1\r\n${lines.join('')}\r\n`;
}
