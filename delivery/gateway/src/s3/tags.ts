// Tags of objects and buckets: limits, and their forms in XML and in the header x-amz-tagging (Amazon S3 User Guide,
// "Categorizing your storage using tags").
import { S3Error } from './errors.js';
import { childrenOf, document, element, parseXml, textFields } from './xml.js';

export type Tags = readonly (readonly [name: string, value: string])[];

export const maxObjectTags = 10;
export const maxBucketTags = 50;
const maxNameLength = 128;
const maxValueLength = 256;
const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** The tags of a `Tagging` document. Throws MalformedXML, InvalidTag, BadRequest. */
export function parseTagging(body: Uint8Array, limit: number): Tags {
  const content = parseXml(body, 'Tagging');
  textFields(content, [], ['TagSet']);
  const [set, ...more] = childrenOf(content, 'TagSet');
  if (set === undefined || more.length > 0) throw new S3Error('MalformedXML');
  textFields(set, [], ['Tag']);
  const tags = childrenOf(set, 'Tag').map((node) => {
    const { Key: name, Value: value } = textFields(node, ['Key', 'Value']);
    if (name === undefined || value === undefined) throw new S3Error('MalformedXML');
    return [name, value] as const;
  });
  assertTags(tags, limit);
  return tags;
}

export function taggingDocument(tags: Tags): string {
  const set = tags.map(([name, value]) => `<Tag>${element('Key', name)}${element('Value', value)}</Tag>`);
  return document('Tagging', `<TagSet>${set.join('')}</TagSet>`);
}

/** The tags of `x-amz-tagging`, in the form of a query. Throws InvalidArgument, InvalidTag, BadRequest. */
export function parseTaggingHeader(text: string | undefined): Tags {
  if (text === undefined || text === '') return [];
  const tags = text.split('&').map((pair) => {
    const equals = pair.indexOf('=');
    const name = equals < 0 ? pair : pair.slice(0, equals);
    return [decode(name), decode(equals < 0 ? '' : pair.slice(equals + 1))] as const;
  });
  if (new Set(tags.map(([name]) => name)).size < tags.length) throw invalidHeader();
  assertTags(tags, maxObjectTags);
  return tags;
}

function assertTags(tags: Tags, limit: number): void {
  if (tags.length > limit) {
    const kind = limit === maxObjectTags ? 'Object' : 'Bucket';
    throw new S3Error('BadRequest', { message: `${kind} tags cannot be greater than ${limit}` });
  }
  const names = new Set<string>();
  for (const [name, value] of tags) {
    if (name === '' || name.length > maxNameLength || !allowed.test(name))
      throw invalidTag('The TagKey you have provided is invalid', name);
    if (value.length > maxValueLength || !allowed.test(value))
      throw invalidTag('The TagValue you have provided is invalid', name);
    if (/^aws:/i.test(name)) throw invalidTag('System tags cannot be added/updated by requester', name);
    if (names.has(name)) throw invalidTag('Cannot provide multiple Tags with the same key', name);
    names.add(name);
  }
}

function invalidTag(message: string, name: string): S3Error {
  return new S3Error('InvalidTag', { message, details: { TagKey: name.slice(0, 255) } });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replace(/\+/g, ' '));
  } catch (cause) {
    throw invalidHeader(cause);
  }
}

function invalidHeader(cause?: unknown): S3Error {
  return new S3Error('InvalidArgument', {
    message:
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
    details: { ArgumentName: 'x-amz-tagging' },
    cause,
  });
}
