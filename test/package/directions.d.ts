/** A room of `src`: the rooms that it may import, its folders from the lowest to the highest, and whether it runs in a browser. */
export interface Room {
  readonly uses: readonly string[];
  readonly folders?: readonly string[];
  readonly inBrowser?: boolean;
}

export const ROOMS: Readonly<Record<string, Room>>;
export function reachOf(room: string): ReadonlySet<string>;
export function overridesOf(): readonly unknown[];
export function isOfDirections(override: unknown): boolean;
