// The worker's side of a call: executes calls and replies, one after another or side by side. A `CessError` keeps its code,
// data and retryability on the way to the caller; any other error stays unexpected there.
import { parentPort } from 'node:worker_threads';
import { InvariantError, invariant, toWireError } from '@cess/primitives';
import type { CallMessage, ReplyMessage, WorkerMethods } from './worker-messages.js';

export type Handlers<Calls extends WorkerMethods<Calls>> = {
  readonly [Method in keyof Calls]: (
    ...args: Calls[Method]['args']
  ) => Calls[Method]['result'] | Promise<Calls[Method]['result']>;
};

export interface ServeOptions<Calls> {
  /** One call at a time, in the order of their arrival. Default true. */
  readonly isSerial?: boolean;
  /** After the reply to this call the worker closes its channel, and ends when nothing else keeps it alive. */
  readonly lastCall?: keyof Calls & string;
  /** A child process exits when its parent is gone. Default true; a process that must stop in order handles that itself. */
  readonly exitsWithParent?: boolean;
  /** Memory that goes over to the caller with a result. */
  readonly transfersOf?: (result: unknown) => readonly ArrayBuffer[];
}

interface Channel {
  receive(listener: (message: CallMessage) => void): void;
  send(reply: ReplyMessage, transfer: readonly ArrayBuffer[]): void;
  close(): void;
}

/** In a worker thread. */
export function serveThread<Calls extends WorkerMethods<Calls>>(
  handlers: Handlers<Calls>,
  options: ServeOptions<Calls> = {},
): void {
  invariant(parentPort, 'serveThread runs in a worker thread');
  const port = parentPort;
  serve(handlers, options, {
    receive: (listener) => void port.on('message', listener),
    send: (reply, transfer) => port.postMessage(reply, [...transfer]),
    close: () => port.close(),
  });
}

/** In a child process. */
export function serveProcess<Calls extends WorkerMethods<Calls>>(
  handlers: Handlers<Calls>,
  options: ServeOptions<Calls> = {},
): void {
  if (options.exitsWithParent !== false) process.once('disconnect', () => process.exit(0));
  serve(handlers, options, {
    receive: (listener) => void process.on('message', listener),
    send: (reply) => void process.send?.(reply),
    close: () => process.disconnect(),
  });
}

function serve<Calls extends WorkerMethods<Calls>>(
  handlers: Handlers<Calls>,
  { isSerial = true, lastCall, transfersOf = () => [] }: ServeOptions<Calls>,
  channel: Channel,
): void {
  const execute = async ({ id, method, args }: CallMessage): Promise<void> => {
    const reply = await replyTo(handlers as Handlers<Record<string, { args: unknown[]; result: unknown }>>, {
      id,
      method,
      args,
    });
    channel.send(reply, reply.ok ? transfersOf(reply.value) : []);
    if (method === lastCall) channel.close();
  };
  let last: Promise<void> = Promise.resolve();
  channel.receive((call) => {
    last = isSerial ? last.then(() => execute(call)) : execute(call);
  });
}

async function replyTo(
  handlers: Handlers<Record<string, { args: unknown[]; result: unknown }>>,
  { id, method, args }: CallMessage,
): Promise<ReplyMessage> {
  try {
    const handler = Object.hasOwn(handlers, method) ? handlers[method] : undefined;
    if (handler === undefined) throw new InvariantError(`the worker has no method ${method}`);
    return { id, ok: true, value: await handler(...args) };
  } catch (error) {
    return { id, ok: false, error: toWireError(error) };
  }
}
