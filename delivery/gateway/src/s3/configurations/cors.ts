// The CORS rules of a bucket.
import { type CompiledCors, type CorsRule, compileCors, parseCorsRules, type RawCorsRule } from '@cess/access';
import { S3Error } from '../errors.js';
import { childrenOf, document, element, parseXml, textFields, type XmlNode } from '../xml.js';
import type { BucketConfiguration } from './configuration.js';

const root = 'CORSConfiguration';
const lists = ['AllowedOrigin', 'AllowedMethod', 'AllowedHeader', 'ExposeHeader'] as const;

export interface CorsConfiguration {
  readonly rules: readonly CorsRule[];
  readonly compiled: CompiledCors;
}

export const corsConfiguration: BucketConfiguration<CorsConfiguration> = {
  name: 'cors',
  maxBytes: 64 * 1024,
  parse: (body) => {
    const content = parseXml(body, root);
    textFields(content, [], ['CORSRule']);
    const rules = parseCorsRules(childrenOf(content, 'CORSRule').map(readRule));
    return { rules, compiled: compileCors(rules) };
  },
  serialise: ({ rules }) => document(root, rules.map(ruleElement).join('')),
  contentType: 'application/xml',
  notFound: 'NoSuchCORSConfiguration',
};

function readRule(node: XmlNode): RawCorsRule {
  const { ID: id, MaxAgeSeconds: maxAgeSeconds } = textFields(node, ['ID', 'MaxAgeSeconds'], lists);
  return {
    id,
    maxAgeSeconds: maxAgeSeconds?.trim(),
    allowedOrigins: texts(node, 'AllowedOrigin'),
    allowedMethods: texts(node, 'AllowedMethod'),
    allowedHeaders: texts(node, 'AllowedHeader'),
    exposeHeaders: texts(node, 'ExposeHeader'),
  };
}

function texts(node: XmlNode, name: (typeof lists)[number]): readonly string[] {
  return childrenOf(node, name).map((child) => {
    if (typeof child !== 'string') throw new S3Error('MalformedXML');
    return child.trim();
  });
}

function ruleElement(rule: CorsRule): string {
  const each = (name: string, values: readonly string[]) => values.map((value) => element(name, value)).join('');
  const fields = [
    element('ID', rule.id),
    each('AllowedHeader', rule.allowedHeaders),
    each('AllowedMethod', rule.allowedMethods),
    each('AllowedOrigin', rule.allowedOrigins),
    each('ExposeHeader', rule.exposeHeaders),
    element('MaxAgeSeconds', rule.maxAgeSeconds),
  ];
  return `<CORSRule>${fields.join('')}</CORSRule>`;
}
