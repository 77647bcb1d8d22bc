import { signedForm, urlOf } from '@cess/signature-v4';
import type { StorageClient } from './storage-client.js';

/** What a form may store, and until when. */
export interface PresignFormOptions {
  readonly bucket: string;
  readonly key: string;
  /** The greatest size of the file: a larger one is refused with `EntityTooLarge`. At most 5 GiB. */
  readonly maxBytes: number;
  /** The form must state this type. Default: it states none. */
  readonly contentType?: string | undefined;
  /** 1 second to 7 days. Default 1 hour. */
  readonly expiresSeconds?: number | undefined;
}

/** Where to send a form, and its fields. The file comes last, as the field `file`. */
export interface PresignedForm {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * A form with which anyone may store one object of limited size, by `multipart/form-data` with POST, until it expires, or the credentials do
 * (Amazon S3 API Reference, "POST Policy"). Nothing is sent.
 */
export async function presignForm(storage: StorageClient, options: PresignFormOptions): Promise<PresignedForm> {
  const { bucket, key, maxBytes, contentType, expiresSeconds = 3600 } = options;
  const fields = { key, ...(contentType === undefined ? {} : { 'Content-Type': contentType }) };
  const credentials = { ...(await storage.credentials()), region: storage.region };
  return {
    url: urlOf(storage.endpoint, `/${bucket}`),
    fields: signedForm({ bucket, fields, maxBytes, expiresSeconds }, credentials, storage.nowMs()),
  };
}
