/** A value as JSON can hold it. Numbers JSON can't hold are encoded by whoever writes them, not by a store. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | JsonValue[]
  | { [name: string]: JsonValue };
