/** What a monitor watches: the calls of a model, or data that is logged under a name. */
export type MonitorKind = 'model' | 'data';

/** The name of a monitor in the store. */
export const monitorName = (experiment: string, model: string): string =>
  `monitors/${experiment}/${model}`;
