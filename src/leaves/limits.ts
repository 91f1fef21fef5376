/** Bounds that hold in several rooms. All of these names and depths come from strangers. */

/** Longer names of columns, models, versions and segments are shortened, and end in a hash of the whole. */
export const MAX_NAME_LENGTH = 256;

/** Distinct columns that are kept of a table, or of a model's calls, where nothing else is said. */
export const DEFAULT_MAX_COLUMNS = 1_000;

/** In a cell, lists and objects that are nested deeper are a missing value. */
export const MAX_CELL_DEPTH = 4;
