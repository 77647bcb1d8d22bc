// The strangers: 64 connections that repeat the heaviest calls. Answers are counted, not parsed, so that the node and not
// this process is the busy one.
import { once } from 'node:events';
import { CessError } from '@cess/primitives';
import { WebSocket } from 'ws';
import { serveParent } from '../support/child.js';
import { connections, inProgress } from './setting.js';

export interface Load {
  readonly endpoint: string;
  /** By kind: method, parameters, and how many equal requests a batch holds. */
  readonly kinds: Readonly<
    Record<string, { readonly method: string; readonly params: unknown[]; readonly batch?: number }>
  >;
}

export interface LoadCounts {
  readonly answers: Readonly<Record<string, number>>;
  readonly errors: Readonly<Record<string, number>>;
  readonly notifications: number;
  readonly bytes: number;
}

const answers: Record<string, number> = {};
const errors: Record<string, number> = {};
let [notifications, bytes] = [0, 0];
const sockets: WebSocket[] = [];

function requestOf(call: Load['kinds'][string], id: number): string {
  const { method, params, batch } = call;
  const one = { jsonrpc: '2.0', id, method, params };
  return JSON.stringify(batch === undefined ? one : Array.from({ length: batch }, () => one));
}

async function connect(endpoint: string, kind: string, call: Load['kinds'][string]): Promise<void> {
  const text = requestOf(call, 1);
  const socket = new WebSocket(endpoint, { perMessageDeflate: false, maxPayload: 1 << 28 });
  sockets.push(socket);
  await once(socket, 'open');
  const isSubscription = call.method.includes('_subscribe');
  socket.on('message', (data: Buffer) => {
    bytes += data.length;
    const start = data.toString('latin1', 0, 80);
    if (start.includes('"method"')) {
      notifications++;
      return;
    }
    const counts = start.includes('"error"') ? errors : answers;
    counts[kind] = (counts[kind] ?? 0) + 1;
    if (isSubscription) {
      const id = /"result":"([^"]+)"/.exec(start)?.[1];
      if (id !== undefined) socket.send(requestOf({ method: 'state_unsubscribeStorage', params: [id] }, 0));
    }
    socket.send(text);
  });
  const first = isSubscription ? 1 : inProgress;
  for (let i = 0; i < first; i++) socket.send(text);
}

serveParent({
  start: async ({ endpoint, kinds }: Load) => {
    const list = Object.entries(kinds);
    for (let i = 0; i < connections; i++) {
      const [kind, call] = list[i % list.length] ?? [];
      if (kind === undefined || call === undefined) throw new CessError('ABORTED', 'There is no kind of call.');
      await connect(endpoint, kind, call);
    }
  },
  counts: async (): Promise<LoadCounts> => ({ answers, errors, notifications, bytes }),
  stop: async () => {
    for (const socket of sockets) socket.terminate();
  },
});
