import type { Chunk } from '../tracking/chunk.js';

/** A chunk on its way to the store. */
export interface PackedChunk {
  readonly model: string;
  readonly chunk: Chunk;
  readonly bytes: Uint8Array;
  /** Names its append, which is repeated under the same name where its answer was lost. */
  readonly batch: string;
}
