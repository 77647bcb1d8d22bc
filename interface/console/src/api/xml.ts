// Reading XML answers of S3. The parser is a sink of Trusted Types; an XML document is inert and never becomes part of the page.

interface XmlPolicy {
  createHTML(text: string): string;
}

interface PolicyFactory {
  createPolicy(name: string, rules: XmlPolicy): XmlPolicy;
}

const { trustedTypes } = globalThis as { readonly trustedTypes?: PolicyFactory };
const policy: XmlPolicy = trustedTypes?.createPolicy('cess-xml', { createHTML: (text) => text }) ?? {
  createHTML: (text) => text,
};

export function parseXml(text: string): Element {
  return new DOMParser().parseFromString(policy.createHTML(text), 'application/xml').documentElement;
}

/** Text of the first child element of this name; undefined without one. */
export function textOf(parent: Element, name: string): string | undefined {
  return childrenOf(parent, name)[0]?.textContent ?? undefined;
}

export function childrenOf(parent: Element, name: string): readonly Element[] {
  return [...parent.children].filter(({ localName }) => localName === name);
}

/** Text as it may stand in an XML document. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
