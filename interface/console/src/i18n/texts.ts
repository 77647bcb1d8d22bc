// Texts, numbers and dates in the language of the reader.
import { de } from './de.js';
import { type Catalogue, en, type TextKey } from './en.js';

export const languages = { en: 'English', de: 'Deutsch' } as const;
export type Language = keyof typeof languages;
export const catalogues: Readonly<Record<Language, Catalogue>> = { en, de };

/** Values for the placeholders of a text. */
type TextValues = Readonly<Record<string, string | number>>;

export interface Texts {
  readonly language: Language;
  t(key: TextKey, values?: TextValues): string;
  number(value: number): string;
  /** With a binary unit. */
  bytes(value: number): string;
  /** A share of 1. */
  percent(share: number): string;
  /** Of the smallest unit, as CESS with at most three decimals. */
  tokens(amount: bigint): string;
  /** Date and time, to the minute. */
  date(value: string | number | Date): string;
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

export function createTexts(language: Language): Texts {
  const numbers = new Intl.NumberFormat(language);
  const short = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const percents = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  const thousandths = new Intl.NumberFormat(language, { maximumFractionDigits: 3 });
  const dates = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' });
  return {
    language,
    t: (key, values = {}) =>
      catalogues[language][key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole)),
    number: (value) => numbers.format(value),
    bytes: (value) => {
      const power = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(value) / 10));
      return `${short.format(value / 1024 ** power)} ${units[power] ?? 'B'}`;
    },
    percent: (share) => percents.format(share),
    tokens: (amount) => `${thousandths.format(Number(amount / 10n ** 15n) / 1000)} CESS`,
    date: (value) => dates.format(new Date(value)),
  };
}

/** The first language of the browser that there are texts for. */
export function preferredLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const language = tag.slice(0, 2).toLowerCase();
    if (language === 'en' || language === 'de') return language;
  }
  return 'en';
}
