// The page that a website shows for an error when the bucket has none of its own.
import { STATUS_CODES } from 'node:http';
import type { S3Error } from '../errors.js';
import { escapeXml } from '../xml.js';

export function errorPage({ status, code, message, details }: S3Error, requestId: string): string {
  const title = `${status} ${STATUS_CODES[status] ?? code}`;
  const fields = { Code: code, Message: message, ...details, RequestId: requestId };
  const items = Object.entries(fields).map(([name, value]) => `<li>${escapeXml(name)}: ${escapeXml(value)}</li>`);
  return `<html>\n<head><title>${title}</title></head>\n<body>\n<h1>${title}</h1>\n<ul>\n${items.join('\n')}\n</ul>\n<hr/>\n</body>\n</html>\n`;
}
