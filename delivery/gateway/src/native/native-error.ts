// Refusals of the native API. The body is the one that clients of DeOSS know, `{code, msg, data}`, with a stable name of the error
// and the id of the request beside it. Unlike DeOSS, the status of the answer is the same as `code`.
import { toS3Error } from '../s3/errors.js';

const nativeErrors = {
  AccountMissing: [403, 'The request needs the headers Account (or EthAcc), Message and Signature.'],
  FileNameRefused: [400, 'The name of the file is not valid.'],
  HeaderInvalid: [400, 'A header is not valid.'],
  InvalidFid: [400, 'The fid is not valid: it has 64 hexadecimal digits.'],
  LengthMismatch: [400, 'The length of the body does not match its Content-Range.'],
  MessageExpired: [403, 'The signed message has expired, or it is valid for longer than this gateway accepts.'],
  MessageUndated: [403, 'The signed message holds no time, so its signature would be valid forever.'],
  MethodNotAllowed: [405, 'The path does not have this method.'],
  NoSuchFile: [404, 'The file does not exist.'],
  NoSuchUpload: [404, 'There is no unfinished upload of this name and length. Begin it at the first byte.'],
  NotFound: [404, 'There is no such path.'],
  NotOffered: [501, 'This gateway does not offer what a header of the request asks for.'],
  ParameterInvalid: [400, 'A parameter is unknown, repeated or not valid.'],
  RangeInvalid: [400, 'The Content-Range is missing or not valid.'],
  RangeMismatch: [409, 'The range does not begin where the upload ended.'],
  SignatureRefused: [403, 'The signature is not valid, or this gateway does not serve the account and territory.'],
  TooManyUploads: [429, 'The territory has too many unfinished uploads.'],
  UploadBusy: [409, 'Another request of this upload is in progress.'],
  UploadTaken: [
    409,
    'The upload was begun with another signed message. Ask for its state (Content-Range: bytes */length) to continue it.',
  ],
} as const satisfies Record<string, readonly [number, string]>;

export type NativeErrorCode = keyof typeof nativeErrors;

interface Refusal {
  readonly status: number;
  /** Of this table, or of the table of S3 errors. */
  readonly code: string;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

export class NativeError extends Error implements Refusal {
  override readonly name = 'NativeError';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly code: NativeErrorCode,
    message: string = nativeErrors[code][1],
    { headers = {}, cause }: { readonly headers?: Readonly<Record<string, string>>; readonly cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.status = nativeErrors[code][0];
    this.headers = headers;
  }
}

export function toRefusal(error: unknown): Refusal {
  return error instanceof NativeError ? error : toS3Error(error);
}
