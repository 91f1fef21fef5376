import type { Profile } from './profile.js';
import type { ProfileOptions } from './profile-options.js';

/** How the rows of a model are profiled. */
export interface Profiling {
  /** A baseline from elsewhere. @default none */
  readonly baseline?: Profile | undefined;
  /** How the rows of windows are profiled: with a baseline from elsewhere, by its schema. */
  readonly profileAs: ProfileOptions;
}
