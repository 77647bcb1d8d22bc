// XML in and out. Output is built by templates with escaping; input is parsed with the limits of the requests that
// carry XML (CompleteMultipartUpload, DeleteObjects, CreateBucketConfiguration).
import { createRequire } from 'node:module';
import { S3Error } from './errors.js';

const require = createRequire(import.meta.url);

export const s3Namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';
const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** Characters that XML 1.0 cannot carry even as references are replaced by U+FFFD. */
export function escapeXml(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are exactly the characters that XML 1.0 forbids
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
      .replace(/&/g, '&amp;')
      .replace(/</g, '&lt;')
      .replace(/>/g, '&gt;')
      .replace(/"/g, '&quot;')
      .replace(/\r/g, '&#13;')
      .replace(/\n/g, '&#10;')
  );
}

/** One element with escaped text; nothing at all for undefined. */
export function element(name: string, text: string | number | boolean | undefined): string {
  return text === undefined ? '' : `<${name}>${escapeXml(String(text))}</${name}>`;
}

/** A document with the S3 namespace. */
export function document(root: string, content: string): string {
  return `${declaration}<${root} xmlns="${s3Namespace}">${content}</${root}>`;
}

/** The error document has no namespace. */
export function errorDocument(error: S3Error, resource: string, requestId: string): string {
  const details = Object.entries(error.details).map(([name, value]) => element(name, value));
  return `${declaration}<Error>${element('Code', error.code)}${element('Message', error.message)}${details.join('')}${element('Resource', resource)}${element('RequestId', requestId)}</Error>`;
}

export type XmlNode = string | { readonly [name: string]: XmlNode | readonly XmlNode[] };

/** Read with the first such request: few bring XML, and it takes longer to load than all handlers. */
function xmlLibrary(): typeof import('fast-xml-parser') {
  return require('fast-xml-parser');
}

/** The content of the root element `root`. Throws MalformedXML for anything else. */
export function parseXml(body: Uint8Array, root: string): XmlNode {
  const { XMLParser, XMLValidator } = xmlLibrary();
  const text = decodeText(body);
  if (/<!DOCTYPE|<!ENTITY/i.test(text) || XMLValidator.validate(text) !== true) throw new S3Error('MalformedXML');
  const parser = new XMLParser({
    ignoreAttributes: true,
    parseTagValue: false,
    trimValues: false,
    removeNSPrefix: true,
    ignoreDeclaration: true,
    processEntities: true,
    htmlEntities: true,
  });
  try {
    const parsed = parser.parse(text) as Record<string, XmlNode>;
    const content = Object.hasOwn(parsed, root) ? parsed[root] : undefined;
    if (content !== undefined) return content;
  } catch (cause) {
    // The parser's own limits: nesting, forbidden names, entities.
    throw new S3Error('MalformedXML', { cause });
  }
  throw new S3Error('MalformedXML');
}

/** The children of that name as a list. */
export function childrenOf(node: XmlNode, name: string): readonly XmlNode[] {
  if (typeof node === 'string') return [];
  const child = Object.hasOwn(node, name) ? node[name] : undefined;
  return child === undefined ? [] : Array.isArray(child) ? child : [child as XmlNode];
}

/** The text of the only child of that name, or undefined. */
export function textOf(node: XmlNode, name: string): string | undefined {
  const [child] = childrenOf(node, name);
  return typeof child === 'string' ? child : undefined;
}

function decodeText(body: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch (cause) {
    throw new S3Error('MalformedXML', { cause });
  }
}
