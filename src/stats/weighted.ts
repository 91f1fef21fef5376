/** Values in ascending order, with how many originals each stands for. With weights of 1 it is a plain sorted sample. */
export interface WeightedSample {
  readonly values: Float64Array;
  readonly weights: Float64Array;
  /** The sum of the weights. */
  readonly total: number;
}
