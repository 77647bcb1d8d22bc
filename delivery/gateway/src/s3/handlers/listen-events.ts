// ListenBucketNotification: the events of a bucket as they happen, until the client leaves. The rights of the caller are checked
// again while the stream lasts, because it may last for days.
import type { Listener, LiveEvent } from '../../events/event-hub.js';
import { formatOf, wantedEvents } from '../../events/listen-request.js';
import { createAccess } from '../access/create-access.js';
import { findBucket, requireNamedBucket } from '../bucket-access.js';
import type { S3Context } from '../context.js';
import { S3Error } from '../errors.js';

/** A stream with more unsent bytes ends: its client reads too slowly. */
const maxUnsentBytes = 1024 * 1024;
/** Time that the client of an ended stream has to read the rest. */
const farewellMs = 10_000;
const checkMs = 1_000;
const checksPerHeartbeat = 10;
const action = 's3:ListenBucketNotification';

export async function listenBucketNotification(context: S3Context): Promise<void> {
  const { target, headers, response, signal, events } = context;
  requireNamedBucket(context);
  const { account } = context.caller;
  if (account === undefined) throw new S3Error('AccessDenied');
  const wants = wantedEvents(target);
  const format = formatOf(headers['accept']);
  let end: (reason: string | undefined) => void = () => {};
  const ended = new Promise<string | undefined>((resolve) => {
    end = resolve;
  });
  const onEvent = (event: LiveEvent) => {
    response.write(format.event(event));
    if (response.writableLength > maxUnsentBytes) end('The client reads too slowly.');
  };
  if (signal.aborted) return;
  const listener: Listener = { wants, onEvent, onStop: () => end('The gateway stops.') };
  const remove = events.hub.add(account.id, listener);
  if (remove === undefined) {
    const message =
      'Too many clients of this account listen to events of this gateway. Close a stream, or try again later.';
    throw new S3Error('SlowDown', { message });
  }
  signal.addEventListener('abort', () => end(undefined), { once: true });
  response.writeHead(200, { 'content-type': format.contentType, 'cache-control': 'no-store' });
  response.write(format.heartbeat());
  const lastId = headers['last-event-id'];
  if (lastId !== undefined) {
    const { missed, hasGap } = events.hub.since(lastId, wants);
    if (hasGap) response.write(format.gap());
    for (const event of missed) onEvent(event);
  }
  const stopChecks = checkAgain(context, { beat: () => response.write(format.heartbeat()), end });
  const reason = await ended;
  stopChecks();
  remove();
  if (reason === undefined) return;
  response.end(format.end(reason));
  const farewell = setTimeout(() => response.destroy(), farewellMs);
  response.once('close', () => clearTimeout(farewell));
}

/** Ends the stream when the caller may no longer read it, and keeps the connection alive. Returns what stops the checks. */
function checkAgain(
  context: S3Context,
  { beat, end }: { readonly beat: () => void; readonly end: (reason: string) => void },
): () => void {
  let checks = 0;
  const check = async (): Promise<void> => {
    checks++;
    if (!(await mayListen(context))) end('Access denied.');
    else if (checks % checksPerHeartbeat === 0) beat();
  };
  const timer = setInterval(() => {
    check().catch(() => end('The rights of the caller cannot be checked.'));
  }, checkMs);
  return () => clearInterval(timer);
}

/** Decides again with the key, its policies and the policy of the bucket as they are now. */
async function mayListen(context: S3Context): Promise<boolean> {
  const { auth, credentials, target, index, request, headers } = context;
  const record = await findBucket(index, target.bucket);
  if (record === undefined || auth.accessKeyId === undefined) return false;
  const known = await credentials.find(auth.accessKeyId, headers['x-amz-security-token']);
  if (known === undefined) return false;
  const { socket } = request;
  const access = createAccess(context, { socket, caller: known.caller, target, headers, signature: undefined });
  return access.allows(action, { bucket: { name: target.bucket, record } });
}
