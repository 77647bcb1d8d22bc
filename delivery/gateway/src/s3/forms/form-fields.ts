// The fields of a form as what they mean: the key, the headers of a PUT, and what is answered.
import { S3Error } from '../errors.js';
import { assertKey, headerText } from '../request.js';
import { maxObjectTags, parseTagging } from '../tags.js';

// biome-ignore lint/suspicious/noTemplateCurlyInString: Amazon's name of the variable
const filenameVariable = '${filename}';
/** Fields that are headers of a PUT under another name, or under their own. */
const headerFields: Readonly<Record<string, string>> = {
  acl: 'x-amz-acl',
  'cache-control': 'cache-control',
  'content-disposition': 'content-disposition',
  'content-encoding': 'content-encoding',
  'content-type': 'content-type',
  expires: 'expires',
};
/** Fields that would be ignored otherwise. */
const refusedFields = new Set(['x-amz-decoded-content-length', 'x-amz-trailer']);
/** Fields about the form itself. */
const formFields = new Set([
  'bucket',
  'key',
  'policy',
  'redirect',
  'success_action_redirect',
  'success_action_status',
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-security-token',
  'x-amz-signature',
]);

/** The fields with the name of the file in place of the variable. Browsers of old send a path with it. */
export function withFilename(fields: ReadonlyMap<string, string>, filename: string): ReadonlyMap<string, string> {
  const name = filename.slice(Math.max(filename.lastIndexOf('/'), filename.lastIndexOf('\\')) + 1);
  return new Map([...fields].map(([field, value]) => [field, value.replaceAll(filenameVariable, () => name)]));
}

/** Throws UserKeyMustBeSpecified and KeyTooLongError. */
export function keyOf(fields: ReadonlyMap<string, string>): string {
  const key = fields.get('key') ?? '';
  if (key === '') throw new S3Error('UserKeyMustBeSpecified', { details: { ArgumentName: 'key', ArgumentValue: '' } });
  assertKey(key);
  return key;
}

/** The headers of a PUT that say the same. Throws NotImplemented for fields that would ask for something else. */
export function headersOf(fields: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [field, value] of fields) {
    const name = Object.hasOwn(headerFields, field) ? headerFields[field] : undefined;
    if (name !== undefined) headers[name] = headerText(value);
    else if (field === 'tagging') headers['x-amz-tagging'] = tagsHeader(value);
    else if (refusedFields.has(field)) throw new S3Error('NotImplemented', { details: { Field: field } });
    else if (field.startsWith('x-amz-') && !formFields.has(field)) headers[field] = headerText(value);
  }
  return headers;
}

/** The field holds tags as XML, the header as a query. */
function tagsHeader(xml: string): string {
  const tags = parseTagging(Buffer.from(xml), maxObjectTags);
  return new URLSearchParams(Object.fromEntries(tags)).toString();
}

export interface SuccessAnswer {
  readonly status: 200 | 201 | 204 | 303;
  /** Where the browser goes on, for 303. */
  readonly location?: string;
}

/** What the form asks to be answered. An address that is none counts as missing. */
export function successAnswer(
  fields: ReadonlyMap<string, string>,
  stored: { readonly bucket: string; readonly key: string; readonly etag: string },
): SuccessAnswer {
  const redirect = fields.get('success_action_redirect') ?? fields.get('redirect') ?? '';
  const url = URL.canParse(redirect) ? new URL(redirect) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) {
    for (const [name, value] of Object.entries(stored)) url.searchParams.set(name, value);
    return { status: 303, location: url.href };
  }
  const status = fields.get('success_action_status');
  return { status: status === '200' ? 200 : status === '201' ? 201 : 204 };
}
