/** What a monitor watches: the calls of a model, or data that is logged under a name. */
export type MonitorKind = 'model' | 'data';
