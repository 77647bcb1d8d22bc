// XML in and out. Output is built by templates with escaping; input is parsed with the limits of the requests that
// carry XML (CompleteMultipartUpload, DeleteObjects, CreateBucketConfiguration).
import { createRequire } from 'node:module';
import { S3Error } from './errors.js';
import { decodeReferences, plainMarkup } from './xml-text.js';

const require = createRequire(import.meta.url);

const s3Namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';
const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are exactly the characters that XML 1.0 forbids
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const everyForbidden = new RegExp(forbidden, 'g');

/**
 * Keys can hold characters that XML 1.0 forbids. They are written as character references, as Amazon does: a lenient
 * parser reads the key as it is, a strict one fails, and none gets an altered key or marker. Clients that must list
 * such keys with a strict parser use `encoding-type=url`.
 */
export function escapeXml(text: string): string {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/\r/g, '&#13;')
    .replace(/\n/g, '&#10;')
    .replace(everyForbidden, (character) => `&#x${character.charCodeAt(0).toString(16).toUpperCase()};`);
}

/** One element with escaped text; nothing at all for undefined. */
export function element(name: string, text: string | number | boolean | undefined): string {
  return text === undefined ? '' : `<${name}>${escapeXml(String(text))}</${name}>`;
}

/** A document with the S3 namespace. */
export function document(root: string, content: string): string {
  return `${declaration}<${root} xmlns="${s3Namespace}">${content}</${root}>`;
}

/** The error document has no namespace. It stays well-formed whatever it quotes, so that every client reads the code. */
export function errorDocument(error: S3Error, resource: string, requestId: string): string {
  const details = Object.entries(error.details).map(([name, value]) =>
    element(name, value.replace(everyForbidden, '\ufffd')),
  );
  return `${declaration}<Error>${element('Code', error.code)}${element('Message', error.message)}${details.join('')}${element('Resource', resource)}${element('RequestId', requestId)}</Error>`;
}

/** The name under which the parser gives text that stands beside child elements. */
const textName = '#text';

export type XmlNode = string | { readonly [name: string]: XmlNode | readonly XmlNode[] };

/** Loaded with the first such request: few requests carry XML, and loading takes longer than all handlers. */
function xmlLibrary(): typeof import('fast-xml-parser') {
  return require('fast-xml-parser');
}

const tag = /<[^>"']*(?:"[^"]*"[^>"']*|'[^']*'[^>"']*)*>/g;
const tagName = String.raw`[\p{L}_:][\p{L}\p{N}_:.\-\u00b7]*`;
const soundTag = new RegExp(
  String.raw`^<(?:/${tagName}\s*|${tagName}(?:\s+${tagName}\s*=\s*(?:"[^<"]*"|'[^<']*'))*\s*/?)>$`,
  'u',
);

/** Whether every tag has a name and nothing but attributes with quoted values: the library accepts more. */
function haveSoundTags(plain: string): boolean {
  for (const [found] of plain.matchAll(tag)) if (!soundTag.test(found)) return false;
  return true;
}

/** The content of the root element `root`. Throws MalformedXML for anything but well-formed XML 1.0 in UTF-8. */
export function parseXml(body: Uint8Array, root: string): XmlNode {
  const { XMLParser, XMLValidator } = xmlLibrary();
  const text = decodeText(body);
  const plain = plainMarkup(text);
  if (!isOneElement(plain) || !haveSoundTags(plain) || XMLValidator.validate(text) !== true)
    throw new S3Error('MalformedXML');
  const parser = new XMLParser({
    ignoreAttributes: true,
    parseTagValue: false,
    trimValues: false,
    removeNSPrefix: true,
    // The library would drop or keep references that it does not know; plainMarkup has checked all that are left.
    processEntities: false,
    tagValueProcessor: (_name, value) => decodeReferences(value),
  });
  try {
    const parsed = parser.parse(plain) as Record<string, XmlNode>;
    const content = Object.hasOwn(parsed, root) ? parsed[root] : undefined;
    if (content !== undefined) return content;
  } catch (cause) {
    // The parser's own limits: nesting, forbidden names.
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

/** The names of all child elements. */
export function childNames(node: XmlNode): readonly string[] {
  return typeof node === 'string' ? [] : Object.keys(node).filter((name) => name !== textName);
}

/**
 * The texts of children that may stand once each, by name. Throws MalformedXML for an element that is repeated, has
 * children, or is neither in `names` nor in `others`, and for text between elements.
 */
export function textFields<Name extends string>(
  node: XmlNode,
  names: readonly Name[],
  others: readonly string[] = [],
): Readonly<Partial<Record<Name, string>>> {
  const stray = typeof node === 'string' ? node : (textOf(node, textName) ?? '');
  const known = new Set<string>([...names, ...others]);
  if (stray.trim() !== '' || childNames(node).some((name) => !known.has(name))) throw new S3Error('MalformedXML');
  const fields: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const [child, ...more] = childrenOf(node, name);
    if (child === undefined) continue;
    if (typeof child !== 'string' || more.length > 0) throw new S3Error('MalformedXML');
    fields[name] = child;
  }
  return fields;
}

/** What the library does not check: white space alone around the root element, and no `<` inside a tag. */
function isOneElement(plain: string): boolean {
  if (/<[^>]*</.test(plain)) return false;
  const last = plain.slice(plain.lastIndexOf('<'));
  return plain.trimStart().startsWith('<') && last.slice(last.indexOf('>') + 1).trim() === '';
}

/** The text of a document, without the characters that XML 1.0 forbids. */
function decodeText(body: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch (cause) {
    throw new S3Error('MalformedXML', { cause });
  }
  if (forbidden.test(text)) throw new S3Error('MalformedXML');
  return text;
}
