// Answers of IAM and STS as XML or, for clients that accept it alone, as JSON of the same elements, and of KMS as its JSON.
import type { Answer, AnswerValue, IamError, QueryService } from '@cess/accounts';
import { element } from '../s3/xml.js';

const namespaces: Readonly<Record<Exclude<QueryService, 'kms'>, string>> = {
  iam: 'https://iam.amazonaws.com/doc/2010-05-08/',
  sts: 'https://sts.amazonaws.com/doc/2011-06-15/',
};

export interface QueryDocument {
  readonly contentType: string;
  readonly text: string;
}

export interface AnswerFormat {
  readonly service: QueryService;
  readonly requestId: string;
  readonly isJson: boolean;
}

/** The document of an answer; operations without a result have only the metadata. */
export function answerDocument(format: AnswerFormat, action: string, answer: Answer | undefined): QueryDocument {
  const { service, requestId } = format;
  if (service === 'kms') return kmsDocument(answer ?? {});
  const metadata = { ResponseMetadata: { RequestId: requestId } };
  const result = answer === undefined ? metadata : { [`${action}Result`]: answer, ...metadata };
  return documentOf(format, `${action}Response`, result, namespaces[service]);
}

export function queryErrorDocument(format: AnswerFormat, { code, message, status }: IamError): QueryDocument {
  const { service, requestId } = format;
  if (service === 'kms') return kmsDocument({ __type: kmsErrorName(code), message });
  const error = { Type: status < 500 ? 'Sender' : 'Receiver', Code: code, Message: message };
  return documentOf(format, 'ErrorResponse', { Error: error, RequestId: requestId }, namespaces[service]);
}

function documentOf({ isJson }: AnswerFormat, root: string, content: Answer, namespace: string): QueryDocument {
  return isJson
    ? { contentType: 'application/json', text: JSON.stringify(plain({ [root]: content })) }
    : { contentType: 'text/xml', text: `<${root} xmlns="${namespace}">${contentOf(content)}</${root}>` };
}

/** The name of an error that all services share, as services with JSON spell it. */
function kmsErrorName(code: IamError['code']): string {
  const names: Readonly<Partial<Record<IamError['code'], string>>> = {
    InternalFailure: 'KMSInternalException',
    InvalidAction: 'UnknownOperationException',
    InvalidClientTokenId: 'UnrecognizedClientException',
    InvalidInput: 'ValidationException',
    SignatureDoesNotMatch: 'InvalidSignatureException',
    ValidationError: 'ValidationException',
  };
  return names[code] ?? (code.endsWith('Exception') ? code : `${code}Exception`);
}

/** Times are seconds since 1970. */
function kmsDocument(answer: Answer): QueryDocument {
  const text = JSON.stringify(inSeconds(answer));
  return { contentType: 'application/x-amz-json-1.1', text };
}

function inSeconds(value: AnswerValue): AnswerValue {
  if (value instanceof Date) return value.getTime() / 1000;
  if (isList(value)) return value.map(inSeconds);
  if (typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, inSeconds(one)]));
}

function contentOf(answer: Answer): string {
  return Object.entries(answer)
    .map(([name, value]) => elementOf(name, value))
    .join('');
}

function elementOf(name: string, value: AnswerValue): string {
  if (value === undefined) return '';
  if (value instanceof Date) return element(name, isoSeconds(value));
  if (isList(value)) {
    // Entries of a map stand side by side, members of a list inside of it.
    if (name === 'entry') return value.map((entry) => elementOf(name, entry)).join('');
    return `<${name}>${value.map((member) => elementOf('member', member)).join('')}</${name}>`;
  }
  return typeof value === 'object' ? `<${name}>${contentOf(value)}</${name}>` : element(name, value);
}

/** For JSON: times as XML has them. */
function plain(value: AnswerValue): AnswerValue {
  if (value instanceof Date) return isoSeconds(value);
  if (isList(value)) return value.map(plain);
  if (typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)]));
}

function isoSeconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

function isList(value: AnswerValue): value is readonly AnswerValue[] {
  return Array.isArray(value);
}
