// The events of a bucket as they happen, from the gateway's stream of server-sent events. A broken connection is opened again behind the
// last event.
import { ApiError, send } from './http.js';
import { encodePart } from './s3.js';

export interface ObjectEvent {
  /** Of the stream; rises. */
  readonly id: string;
  /** ISO 8601. */
  readonly time: string;
  /** `ObjectCreated:Put`. */
  readonly name: string;
  readonly who: string;
  readonly key: string;
  /** Undefined for deletions. */
  readonly size: number | undefined;
}

export interface EventStream {
  readonly bucket: string;
  /** Of the keys. */
  readonly prefix: string;
  readonly signal: AbortSignal;
  readonly onOpen: () => void;
  readonly onEvents: (events: readonly ObjectEvent[]) => void;
  /** Events may have been missed. */
  readonly onGap: () => void;
}

interface StreamedEvent {
  readonly id: string;
  readonly name: string;
  readonly data: string;
}

interface Records {
  readonly Records: readonly {
    readonly eventTime: string;
    readonly eventName: string;
    readonly userIdentity: { readonly principalId: string };
    readonly s3: { readonly object: { readonly key: string; readonly size?: number } };
  }[];
}

const retryMs = 2_000;

/** Runs until `signal` aborts. Rejects with ApiError when the gateway refuses the events or ends the stream. */
export async function followEvents(stream: EventStream): Promise<void> {
  const { bucket, prefix, signal, onOpen, onEvents, onGap } = stream;
  const path = `/s3/${encodePart(bucket)}?events=&prefix=${encodePart(prefix)}&suffix=`;
  let lastId: string | undefined;
  while (!signal.aborted) {
    const headers = { accept: 'text/event-stream', ...(lastId === undefined ? {} : { 'last-event-id': lastId }) };
    try {
      const { body } = await send(path, { headers, signal });
      onOpen();
      for await (const event of readStream(body)) {
        if (event.name === 'end') throw new ApiError(0, 'StreamEnded', reasonOf(event));
        if (event.name === 'gap') onGap();
        else onEvents(objectEventsOf(event));
        lastId = event.id === '' ? lastId : event.id;
      }
    } catch (error) {
      if (signal.aborted) return;
      // The first connection must succeed; after that, a gateway that is away may come back.
      if (error instanceof ApiError && (error.code !== 'Offline' || lastId === undefined)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
}

const reasonOf = ({ data }: StreamedEvent): string => (JSON.parse(data) as { readonly reason: string }).reason;

export function objectEventsOf({ id, data }: StreamedEvent): readonly ObjectEvent[] {
  return (JSON.parse(data) as Records).Records.map(({ eventTime, eventName, userIdentity, s3 }) => ({
    id,
    time: eventTime,
    name: eventName,
    who: userIdentity.principalId,
    key: decodeURIComponent(s3.object.key.replaceAll('+', ' ')),
    size: s3.object.size,
  }));
}

async function* readStream(body: ReadableStream<Uint8Array> | null): AsyncGenerator<StreamedEvent> {
  const decoder = new TextDecoder();
  const reader = body?.getReader();
  let rest = '';
  for (;;) {
    const chunk = await reader?.read();
    if (chunk === undefined || chunk.done) return;
    const { events, rest: left } = parseEvents(rest + decoder.decode(chunk.value, { stream: true }));
    yield* events;
    rest = left;
  }
}

/** The whole events of a text (WHATWG HTML, "Server-sent events") and what follows them; comments are left out. */
export function parseEvents(text: string): { readonly events: readonly StreamedEvent[]; readonly rest: string } {
  const blocks = text.split('\n\n');
  const rest = blocks.pop() ?? '';
  const events = blocks.flatMap((block) => {
    const fields = new Map(
      block.split('\n').map((line) => [line.split(':', 1).join(), line.replace(/^[^:]*: ?/, '')] as const),
    );
    const data = fields.get('data');
    return data === undefined ? [] : [{ id: fields.get('id') ?? '', name: fields.get('event') ?? 'message', data }];
  });
  return { events, rest };
}
