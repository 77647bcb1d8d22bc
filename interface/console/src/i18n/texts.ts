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
  day(value: string | number | Date): string;
  /** A share of 1. */
  percent(share: number): string;
  /** Of the smallest unit, as CESS with at most three decimals. */
  tokens(amount: bigint): string;
  /** Of milliseconds, in the largest unit of which there is one. */
  duration(ms: number): string;
  /** Date and time, to the minute. */
  date(value: string | number | Date): string;
}

/** Lengths in milliseconds, the largest first. */
const spans = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const;
const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

export function createTexts(language: Language): Texts {
  const numbers = new Intl.NumberFormat(language);
  const short = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const days = new Intl.DateTimeFormat(language, { dateStyle: 'medium' });
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
    day: (value) => days.format(new Date(value)),
    percent: (share) => percents.format(share),
    tokens: (amount) => `${thousandths.format(Number(amount / 10n ** 15n) / 1000)} CESS`,
    duration: (ms) => {
      const [unit, length] = spans.find(([, each]) => ms >= each) ?? spans[3];
      const options = { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 1 } as const;
      return new Intl.NumberFormat(language, options).format(ms / length);
    },
    date: (value) => dates.format(new Date(value)),
  };
}

export function isLanguage(text: string | undefined): text is Language {
  return text !== undefined && Object.hasOwn(languages, text);
}

/** The first language of the browser that there are texts for. */
export function preferredLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const language = tag.slice(0, 2).toLowerCase();
    if (isLanguage(language)) return language;
  }
  return 'en';
}
