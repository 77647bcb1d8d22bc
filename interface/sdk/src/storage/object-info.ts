// What a gateway says of an object in the headers of HEAD and GET.

/** What a gateway says of an object. */
export interface ObjectInfo {
  /** Of the whole object. */
  readonly sizeBytes: number;
  /** With quotes, as S3 has it. */
  readonly etag: string;
  readonly lastModified: Date;
  readonly contentType: string;
  /** Undefined in buckets without versions. */
  readonly versionId: string | undefined;
  readonly storageClass: string;
  /** Of the user, names in lower case. */
  readonly metadata: Readonly<Record<string, string>>;
  /** How well the object is protected: `stored`, `declared`, `tagged`, `proven`, … (docs/operations/s3.md). */
  readonly protection: string | undefined;
  /** Ids of the files on the chain, in hex. */
  readonly fileIds: readonly string[];
}

const metadataPrefix = 'x-amz-meta-';

export function objectInfoOf({ headers }: Response): ObjectInfo {
  const metadata: Record<string, string> = {};
  for (const [name, value] of headers) {
    if (name.startsWith(metadataPrefix)) metadata[name.slice(metadataPrefix.length)] = fromHeaderText(value);
  }
  const range = /\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1];
  const ids = headers.get('x-cess-file-id') ?? '';
  return {
    sizeBytes: Number(range ?? headers.get('content-length') ?? 0),
    etag: headers.get('etag') ?? '',
    lastModified: new Date(headers.get('last-modified') ?? 0),
    contentType: headers.get('content-type') ?? 'binary/octet-stream',
    versionId: headers.get('x-amz-version-id') ?? undefined,
    storageClass: headers.get('x-amz-storage-class') ?? 'STANDARD',
    metadata,
    protection: headers.get('x-cess-status') ?? undefined,
    fileIds: ids === '' ? [] : ids.split(','),
  };
}

export function metadataHeaders(metadata: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [metadataPrefix + name.toLowerCase(), toHeaderText(value)]),
  );
}

/** Headers carry bytes: the UTF-8 bytes of the text, each as a character. */
function toHeaderText(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

function fromHeaderText(text: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(text, (c) => c.charCodeAt(0)));
  } catch {
    return text;
  }
}
