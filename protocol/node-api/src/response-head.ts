// A strict parser for the head of an HTTP/1.1 response (RFC 9112 §4 to §6). It rejects every ambiguous head.

export interface ResponseHead {
  readonly status: number;
  /** Undefined if the response has no length or has a transfer coding. */
  readonly contentLength: number | undefined;
  /** Whether the connection may carry another request. */
  readonly keepsAlive: boolean;
}

const statusPattern = /^HTTP\/1\.1 ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const fieldPattern = /^([!#$%&'*+.^_`|~0-9a-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/i;
const lengthPattern = /^\d{1,15}$/;

/** Parses a head (latin1) without its final empty line. Undefined if it is malformed. */
export function tryParseResponseHead(text: string): ResponseHead | undefined {
  const [statusLine = '', ...lines] = text.split('\r\n');
  const status = statusPattern.exec(statusLine)?.[1];
  if (status === undefined) return undefined;
  const fields = new Map<string, string>();
  for (const line of lines) {
    const [, field, value] = fieldPattern.exec(line) ?? [];
    if (field === undefined || value === undefined) return undefined;
    const name = field.toLowerCase();
    if (name === 'content-length' && fields.has(name)) return undefined;
    fields.set(name, value);
  }
  const length = fields.get('content-length');
  const coding = fields.get('transfer-encoding');
  if (length !== undefined && (coding !== undefined || !lengthPattern.test(length))) return undefined;
  return {
    status: Number(status),
    contentLength: length === undefined ? undefined : Number(length),
    keepsAlive: !/\bclose\b/i.test(fields.get('connection') ?? ''),
  };
}
