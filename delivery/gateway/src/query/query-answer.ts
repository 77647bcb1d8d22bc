// Answers of the query protocol (IAM and STS) as XML.
import type { Answer, AnswerValue, IamError, QueryService } from '@cess/accounts';
import { element } from '../s3/xml.js';

const namespaces: Readonly<Record<QueryService, string>> = {
  iam: 'https://iam.amazonaws.com/doc/2010-05-08/',
  sts: 'https://sts.amazonaws.com/doc/2011-06-15/',
};

/** The document of an answer; operations without a result have only the metadata. */
export function answerDocument(
  service: QueryService,
  action: string,
  answer: Answer | undefined,
  requestId: string,
): string {
  const result = answer === undefined ? '' : `<${action}Result>${contentOf(answer)}</${action}Result>`;
  const metadata = `<ResponseMetadata>${element('RequestId', requestId)}</ResponseMetadata>`;
  return `<${action}Response xmlns="${namespaces[service]}">${result}${metadata}</${action}Response>`;
}

export function queryErrorDocument(service: QueryService, error: IamError, requestId: string): string {
  const type = element('Type', error.status < 500 ? 'Sender' : 'Receiver');
  const content = `<Error>${type}${element('Code', error.code)}${element('Message', error.message)}</Error>`;
  return `<ErrorResponse xmlns="${namespaces[service]}">${content}${element('RequestId', requestId)}</ErrorResponse>`;
}

function contentOf(answer: Answer): string {
  return Object.entries(answer)
    .map(([name, value]) => elementOf(name, value))
    .join('');
}

function elementOf(name: string, value: AnswerValue): string {
  if (value === undefined) return '';
  if (value instanceof Date) return element(name, `${value.toISOString().slice(0, 19)}Z`);
  if (isList(value)) {
    // Entries of a map stand side by side, members of a list inside of it.
    if (name === 'entry') return value.map((entry) => elementOf(name, entry)).join('');
    return `<${name}>${value.map((member) => elementOf('member', member)).join('')}</${name}>`;
  }
  return typeof value === 'object' ? `<${name}>${contentOf(value)}</${name}>` : element(name, value);
}

function isList(value: AnswerValue): value is readonly AnswerValue[] {
  return Array.isArray(value);
}
