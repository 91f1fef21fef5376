import type { AlertRule } from '../../alert/rule.js';

/** Only rows of a column, of a statistic, or of both. */
export interface DriftRowFilter {
  readonly column?: string;
  readonly statistic?: string;
}

/** The same rules for drift, about one column, one statistic, or both: they fire where that statistic had a part in the verdict. */
export function narrowed(
  rules: readonly AlertRule[],
  { column, statistic }: DriftRowFilter,
): AlertRule[] {
  return rules.map((rule) => {
    if ((rule.event ?? 'drift') !== 'drift') return rule;
    const own = rule.when;
    return {
      ...rule,
      ...(column !== undefined && { columns: [column] }),
      ...(statistic !== undefined && {
        when: (stats, context) => {
          const said = own?.(stats, context) ?? true;
          const decided = stats.rows
            .filter((row) => row.statistic === statistic && row.drift)
            .map((row) => row.column);
          if (typeof said === 'boolean') return said ? decided : [];
          return decided.filter((name) => said.includes(name));
        },
      }),
    };
  });
}
