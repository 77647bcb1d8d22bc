// What a request for the live stream of events asks for, and the two forms in which the stream is written: server-sent events
// (https://html.spec.whatwg.org/multipage/server-sent-events.html), and the lines of JSON that MinIO's clients read.
import { S3Error } from '../s3/errors.js';
import type { S3Target } from '../s3/request.js';
import type { LiveEvent } from './event-hub.js';
import { isEventPattern, matchesEvent } from './event-names.js';

export interface StreamFormat {
  readonly contentType: string;
  event(event: LiveEvent): string;
  /** Tells both sides that the connection is alive. */
  heartbeat(): string;
  /** Events may have been missed that the gateway no longer knows. */
  gap(): string;
  end(reason: string): string;
}

const serverSentEvents: StreamFormat = {
  contentType: 'text/event-stream',
  event: ({ id, eventName, text }) => `id: ${id}\nevent: ${eventName}\ndata: ${text}\n\n`,
  heartbeat: () => ': alive\n\n',
  gap: () => 'event: gap\ndata: {}\n\n',
  end: (reason) => `event: end\ndata: ${JSON.stringify({ reason })}\n\n`,
};

const linesOfJson: StreamFormat = {
  contentType: 'application/x-ndjson',
  event: ({ text }) => `${text}\n`,
  heartbeat: () => ' ',
  gap: () => '',
  end: () => '',
};

export function formatOf(accept: string | undefined): StreamFormat {
  return (accept ?? '').toLowerCase().includes('text/event-stream') ? serverSentEvents : linesOfJson;
}

/** Throws InvalidArgument for an unknown event. */
export function wantedEvents({ bucket, query, queryPairs }: S3Target): (event: LiveEvent) => boolean {
  const patterns = queryPairs.flatMap(([name, value]) => (name === 'events' && value !== '' ? [value] : []));
  const unknown = patterns.find((pattern) => !isEventPattern(pattern));
  if (unknown !== undefined) {
    throw new S3Error('InvalidArgument', {
      message: 'A specified event is not supported for notifications.',
      details: { ArgumentName: 'events', ArgumentValue: unknown.slice(0, 255) },
    });
  }
  const prefix = query.get('prefix') ?? '';
  const suffix = query.get('suffix') ?? '';
  return (event) =>
    event.bucket === bucket &&
    event.key.startsWith(prefix) &&
    event.key.endsWith(suffix) &&
    (patterns.length === 0 || patterns.some((pattern) => matchesEvent(pattern, event.eventName)));
}
