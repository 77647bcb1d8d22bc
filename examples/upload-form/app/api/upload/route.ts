// The route of the server: gives the page a form with which it may store one file of the size it named, for ten minutes. The secret of
// the account signs the form and stays here. The page uploads straight to the gateway: no byte of the file passes through this server.
import { createStorage, type PresignedForm, presignForm } from '@cess/sdk/storage';

const { CESS_ENDPOINT, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, UPLOAD_BUCKET: bucket = 'example-form' } = process.env;
const storage = createStorage({
  endpoint: CESS_ENDPOINT ?? 'http://127.0.0.1:9000',
  credentials: { accessKeyId: AWS_ACCESS_KEY_ID ?? '', secretAccessKey: AWS_SECRET_ACCESS_KEY ?? '' },
});
/** A form stores at most 5 GiB. */
const maxSizeBytes = 5 * 1024 ** 3;
const expiresSeconds = 600;

/** What the page asks for. */
interface UploadRequest {
  readonly name: string;
  readonly sizeBytes: number;
}

/** What the page may do: send this form, once or again, and nothing larger. */
export interface UploadForm extends PresignedForm {
  readonly key: string;
}

/** Check here who the user is, and whether they may upload: this example lets everyone who reaches it. */
export async function POST(request: Request): Promise<Response> {
  const asked: unknown = await request.json().catch(() => undefined);
  if (!isUploadRequest(asked))
    return Response.json({ error: 'Send the name and the size of a file.' }, { status: 400 });
  if (asked.sizeBytes > maxSizeBytes) return Response.json({ error: 'Files have at most 5 GiB.' }, { status: 413 });
  // A key of the server's choice: no page overwrites the file of another user.
  const key = `uploads/${crypto.randomUUID()}/${asked.name.replaceAll(/[^\w.-]+/g, '_').slice(-100)}`;
  const form = await presignForm(storage, { bucket, key, maxBytes: asked.sizeBytes, expiresSeconds });
  return Response.json({ ...form, key } satisfies UploadForm);
}

function isUploadRequest(value: unknown): value is UploadRequest {
  if (typeof value !== 'object' || value === null) return false;
  const { name, sizeBytes } = value as Partial<UploadRequest>;
  return typeof name === 'string' && name !== '' && Number.isSafeInteger(sizeBytes);
}
