// The website configuration of a bucket (Amazon S3 API Reference, PutBucketWebsite; Amazon S3 User Guide, "Configuring a webpage
// redirect").
import { S3Error } from '../errors.js';
import { childrenOf, document, element, parseXml, textFields, type XmlNode } from '../xml.js';
import type { BucketConfiguration } from './configuration.js';

const root = 'WebsiteConfiguration';
const maxRules = 50;

export interface Redirect {
  readonly host?: string;
  readonly protocol?: 'http' | 'https';
}

/** What replaces the key: all of it, or the prefix that the condition of the rule names. */
type KeyReplacement = { readonly whole: string } | { readonly prefix: string };

export interface RoutingRule {
  readonly keyPrefix?: string;
  /** The rule holds for requests that fail with this status only. */
  readonly errorStatus?: number;
  readonly redirect: Redirect & { readonly status: number; readonly key?: KeyReplacement };
}

export type Website =
  | { readonly type: 'redirect'; readonly redirect: Redirect & { readonly host: string } }
  | {
      readonly type: 'pages';
      /** Added to keys that are empty or end in a slash. */
      readonly indexSuffix: string;
      readonly errorKey: string | undefined;
      readonly rules: readonly RoutingRule[];
    };

export const websiteConfiguration: BucketConfiguration<Website> = {
  name: 'website',
  maxBytes: 128 * 1024,
  parse: (body) => readWebsite(parseXml(body, root)),
  serialise: (website) => document(root, websiteElements(website)),
  contentType: 'application/xml',
  notFound: 'NoSuchWebsiteConfiguration',
};

function readWebsite(content: XmlNode): Website {
  textFields(content, [], ['RedirectAllRequestsTo', 'IndexDocument', 'ErrorDocument', 'RoutingRules']);
  const all = only(content, 'RedirectAllRequestsTo');
  const index = only(content, 'IndexDocument');
  const error = only(content, 'ErrorDocument');
  const rules = only(content, 'RoutingRules');
  if (all !== undefined) {
    if (index !== undefined || error !== undefined || rules !== undefined) {
      throw invalid('RedirectAllRequestsTo cannot be provided in conjunction with other settings.');
    }
    const { HostName: host, Protocol: protocol } = textFields(all, ['HostName', 'Protocol']);
    if (host === undefined) throw new S3Error('MalformedXML');
    return { type: 'redirect', redirect: { ...readRedirect({ protocol }), host: readHost(host) } };
  }
  if (index === undefined) throw invalid('A value for IndexDocument Suffix must be provided.');
  const indexSuffix = textFields(index, ['Suffix']).Suffix?.trim() ?? '';
  if (indexSuffix === '' || indexSuffix.includes('/')) throw invalid('The IndexDocument Suffix is not well formed.');
  return {
    type: 'pages',
    indexSuffix,
    errorKey: error === undefined ? undefined : readKey(textFields(error, ['Key']).Key),
    rules: rules === undefined ? [] : readRules(rules),
  };
}

function readRules(node: XmlNode): readonly RoutingRule[] {
  textFields(node, [], ['RoutingRule']);
  const rules = childrenOf(node, 'RoutingRule').map(readRule);
  if (rules.length === 0 || rules.length > maxRules) throw invalid(`There must be 1 to ${maxRules} routing rules.`);
  return rules;
}

function readRule(node: XmlNode): RoutingRule {
  textFields(node, [], ['Condition', 'Redirect']);
  const redirect = only(node, 'Redirect');
  if (redirect === undefined) throw new S3Error('MalformedXML');
  const condition = only(node, 'Condition');
  const { KeyPrefixEquals: keyPrefix, HttpErrorCodeReturnedEquals: errorText } =
    condition === undefined ? {} : textFields(condition, ['KeyPrefixEquals', 'HttpErrorCodeReturnedEquals']);
  if (condition !== undefined && keyPrefix === undefined && errorText === undefined)
    throw invalid(
      "Condition cannot be empty. To redirect all requests without a condition, the condition element shouldn't be present.",
    );
  const fields = textFields(redirect, [
    'HostName',
    'Protocol',
    'HttpRedirectCode',
    'ReplaceKeyWith',
    'ReplaceKeyPrefixWith',
  ]);
  if (Object.keys(fields).length === 0)
    throw invalid('A redirect must change the host, the protocol, the key or the status.');
  const { ReplaceKeyWith: whole, ReplaceKeyPrefixWith: prefix } = fields;
  if (whole !== undefined && prefix !== undefined)
    throw invalid('You can only define ReplaceKeyPrefix or ReplaceKey but not both.');
  const key = whole === undefined ? (prefix === undefined ? undefined : { prefix }) : { whole };
  return {
    ...(keyPrefix === undefined ? {} : { keyPrefix }),
    ...(errorText === undefined ? {} : { errorStatus: readStatus(errorText, 400, 599, 'HTTP error code') }),
    redirect: {
      ...readRedirect({ host: fields.HostName, protocol: fields.Protocol }),
      status:
        fields.HttpRedirectCode === undefined
          ? 301
          : readStatus(fields.HttpRedirectCode, 301, 399, 'HTTP redirect code'),
      ...(key === undefined ? {} : { key }),
    },
  };
}

function readRedirect({
  host,
  protocol,
}: {
  readonly host?: string | undefined;
  readonly protocol: string | undefined;
}): Redirect {
  const scheme = protocol?.trim();
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https')
    throw invalid(
      'Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically.',
    );
  return {
    ...(host === undefined ? {} : { host: readHost(host) }),
    ...(scheme === undefined ? {} : { protocol: scheme }),
  };
}

/** It is sent in a header of the answer. */
function readHost(text: string): string {
  const host = text.trim();
  if (!/^[A-Za-z0-9.-]{1,253}(:\d{1,5})?$/.test(host)) throw invalid('The HostName is not well formed.');
  return host;
}

function readKey(text: string | undefined): string {
  if (text === undefined || text === '') throw invalid('The ErrorDocument Key is not well formed.');
  return text;
}

function readStatus(text: string, least: number, greatest: number, what: string): number {
  const status = /^\d{3}$/.test(text.trim()) ? Number(text) : 0;
  if (status < least || status > greatest)
    throw invalid(`The provided ${what} (${text.slice(0, 16)}) is not valid. Valid codes are ${least} to ${greatest}.`);
  return status;
}

function only(node: XmlNode, name: string): XmlNode | undefined {
  const [child, ...more] = childrenOf(node, name);
  if (more.length > 0) throw new S3Error('MalformedXML');
  return child;
}

function invalid(message: string): S3Error {
  return new S3Error('InvalidArgument', { message });
}

function wrap(name: string, content: string): string {
  return content === '' ? '' : `<${name}>${content}</${name}>`;
}

function websiteElements(website: Website): string {
  if (website.type === 'redirect') {
    const { host, protocol } = website.redirect;
    return wrap('RedirectAllRequestsTo', element('HostName', host) + element('Protocol', protocol));
  }
  return [
    wrap('IndexDocument', element('Suffix', website.indexSuffix)),
    wrap('ErrorDocument', element('Key', website.errorKey)),
    wrap('RoutingRules', website.rules.map(ruleElement).join('')),
  ].join('');
}

function ruleElement({ keyPrefix, errorStatus, redirect }: RoutingRule): string {
  const { protocol, host, key, status } = redirect;
  const target = [
    element('Protocol', protocol),
    element('HostName', host),
    element('ReplaceKeyPrefixWith', key !== undefined && 'prefix' in key ? key.prefix : undefined),
    element('ReplaceKeyWith', key !== undefined && 'whole' in key ? key.whole : undefined),
    element('HttpRedirectCode', status),
  ];
  const condition = element('KeyPrefixEquals', keyPrefix) + element('HttpErrorCodeReturnedEquals', errorStatus);
  return wrap('RoutingRule', wrap('Condition', condition) + wrap('Redirect', target.join('')));
}
