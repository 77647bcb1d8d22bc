// Answers of the query protocol (IAM and STS) as XML or, for clients that accept it alone, as JSON of the same elements.
import type { Answer, AnswerValue, IamError, QueryService } from '@cess/accounts';
import { element } from '../s3/xml.js';

const namespaces: Readonly<Record<QueryService, string>> = {
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
  const metadata = { ResponseMetadata: { RequestId: requestId } };
  const result = answer === undefined ? metadata : { [`${action}Result`]: answer, ...metadata };
  return documentOf(format, `${action}Response`, result, namespaces[service]);
}

export function queryErrorDocument(format: AnswerFormat, { code, message, status }: IamError): QueryDocument {
  const { service, requestId } = format;
  const error = { Type: status < 500 ? 'Sender' : 'Receiver', Code: code, Message: message };
  return documentOf(format, 'ErrorResponse', { Error: error, RequestId: requestId }, namespaces[service]);
}

function documentOf({ isJson }: AnswerFormat, root: string, content: Answer, namespace: string): QueryDocument {
  return isJson
    ? { contentType: 'application/json', text: JSON.stringify(plain({ [root]: content })) }
    : { contentType: 'text/xml', text: `<${root} xmlns="${namespace}">${contentOf(content)}</${root}>` };
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
