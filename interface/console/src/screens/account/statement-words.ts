// A statement of a policy document in the words of the reader's language.
import type { Texts } from '../../i18n/texts.js';

/** Undefined where the document has no such statement. */
export function statementInWords(document: string, index: number, { t }: Texts): string | undefined {
  const statement = statementsOf(document)[index];
  if (statement === undefined) return undefined;
  const part = (name: string): string | undefined => {
    const value = statement[name];
    return value === undefined ? undefined : [value].flat().map(String).join(', ');
  };
  const everything = t('statement.everything');
  const actions = part('Action') ?? t('statement.except', { list: part('NotAction') ?? '' });
  const notResources = part('NotResource');
  const resources =
    part('Resource') ?? (notResources === undefined ? everything : t('statement.except', { list: notResources }));
  const values = {
    actions: actions === '*' ? everything : actions,
    resources: resources === '*' ? everything : resources,
  };
  const conditions = conditionsOf(statement['Condition']);
  const said = t(statement['Effect'] === 'Deny' ? 'statement.denies' : 'statement.allows', values);
  return conditions === '' ? said : `${said} ${t('statement.when', { conditions })}`;
}

type Statement = Readonly<Record<string, unknown>>;

function statementsOf(document: string): readonly Statement[] {
  try {
    const { Statement: given = [] } = JSON.parse(document) as {
      readonly Statement?: Statement | readonly Statement[];
    };
    return [given].flat();
  } catch {
    return [];
  }
}

/** `IpAddress aws:SourceIp 10.0.0.0/8; …`. */
function conditionsOf(condition: unknown): string {
  return Object.entries(Object(condition) as Readonly<Record<string, object>>)
    .flatMap(([operator, keys]) =>
      Object.entries(keys).map(([key, values]) => `${operator} ${key} ${[values].flat().map(String).join(', ')}`),
    )
    .join('; ');
}
