// Where an object sends the visitors of a website in place of itself (Amazon S3 User Guide, "Configuring a webpage redirect"). It is
// stored among the headers of the object, so that reads of the REST endpoint answer it.
import { S3Error } from '../errors.js';

type HeaderPair = readonly [name: string, value: string];

const headerName = 'x-amz-website-redirect-location';
const maxBytes = 2048;

/** The header as it is stored, if the request has it. Throws InvalidRedirectLocation. */
export function statedRedirect(headers: Readonly<Record<string, string>>): readonly HeaderPair[] {
  const location = headers[headerName];
  if (location === undefined) return [];
  if (!/^(\/|https?:\/\/)/.test(location)) throw new S3Error('InvalidRedirectLocation');
  if (location.length > maxBytes) {
    throw new S3Error('InvalidRedirectLocation', {
      message: `The length of website redirect location cannot exceed ${maxBytes} characters.`,
    });
  }
  return [[headerName, location]];
}

/** The headers of a copy that keeps the description of its source: they have the redirect of the request, if any. */
export function withRedirect(source: readonly HeaderPair[], stated: readonly HeaderPair[]): readonly HeaderPair[] {
  return [...source.filter(([name]) => name !== headerName), ...stated];
}

/** The address that a website answers for the object; always with a host (routing.ts). */
export function redirectOf(
  object: { readonly headers: readonly HeaderPair[] } | undefined,
  ownHost: string,
): string | undefined {
  const location = object?.headers.find(([name]) => name === headerName)?.[1];
  return location?.startsWith('/') === true ? `http://${ownHost}${location}` : location;
}
