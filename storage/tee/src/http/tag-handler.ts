// POST /v1/tags. The caller is authenticated and authorized on chain before the body is read. A caller that disconnects loses
// its place in the queue.
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  contentLength,
  fragmentRootHeader,
  fragmentTagKeyHeader,
  hexHeader,
  type ReplayGuard,
  RequestRefused,
  requireSignature,
  wholeBody,
} from '@cess/node-api';
import { maxFragmentLengthBytes } from '@cess/proofs';
import type { FragmentPlace } from '@cess/types';
import type { TeeChain } from '../chain-port.js';
import { readTaggableFragment } from '../enclave/chain-claims.js';
import type { Enclave, TagPlaceOf } from '../enclave/enclave.js';
import { ReadingAt } from '../evidence.js';
import type { CallerGate } from './caller-gate.js';
import type { MemoryBudget } from './memory-budget.js';

export interface TagContext {
  readonly chain: Pick<TeeChain, 'finalizedHead' | 'read' | 'prove'>;
  readonly enclave: Pick<Enclave, 'describe' | 'tag'>;
  readonly replayGuard: ReplayGuard;
  readonly callers: CallerGate;
  readonly memory: MemoryBudget;
  readonly nowMs: () => number;
  readonly stallTimeoutMs: number;
  /** Fires when the worker stops. */
  readonly stopping: AbortSignal;
}

/** Answers 200 with xi ‖ tags. */
export async function tagFragment(
  context: TagContext,
  message: IncomingMessage,
  response: ServerResponse,
  place: FragmentPlace,
): Promise<void> {
  const root = hexHeader(message, fragmentRootHeader, 32);
  const keyId = hexHeader(message, fragmentTagKeyHeader, 32);
  const length = contentLength(message, maxFragmentLengthBytes);
  if (length === 0) throw new RequestRefused(400, 'FRAGMENT_EMPTY', 'A fragment has at least one byte.');
  const { signerKey: audience } = context.enclave.describe();
  const { nowMs, replayGuard } = context;
  const callerKey = requireSignature(message, { audience, nowMs: nowMs(), replayGuard });
  const wanted = { callerKey, ...place, root, keyId };
  context.callers.admit(callerKey);
  await requireTaggable(context, wanted, length);
  context.callers.confirm(callerKey);
  const release = context.memory.take(length);
  const left = new AbortController();
  const giveUp = () => left.abort();
  response.on('close', giveUp);
  context.stopping.addEventListener('abort', giveUp, { once: true });
  try {
    const bytes = await wholeBody(message, length);
    // While the caller waits in the queue, no byte moves on the connection.
    message.socket.setTimeout(0);
    const { head, reading } = await requireTaggable(context, wanted, length);
    const { header, justification, setChanges } = head;
    const block = { header, justification, setChanges };
    const request = { ...wanted, block, proof: await reading.prove(), bytes };
    const { signature, tags } = await context.enclave.tag(request, left.signal);
    const size = signature.length + tags.length;
    response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': size });
    response.write(signature);
    response.end(tags);
  } finally {
    message.socket.setTimeout(context.stallTimeoutMs);
    response.off('close', giveUp);
    context.stopping.removeEventListener('abort', giveUp);
    release();
  }
}

/** The chain values that permit the tags, with their keys. Throws what `readTaggableFragment` throws. */
async function requireTaggable({ chain, enclave }: TagContext, wanted: TagPlaceOf, length: number) {
  const head = await chain.finalizedHead();
  const reading = new ReadingAt(chain, head);
  await readTaggableFragment(reading.read, wanted, { ownKeyId: enclave.describe().keyId, length });
  return { head, reading };
}
