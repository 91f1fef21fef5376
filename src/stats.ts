// Two-sample tests, distances, corrections and combinations, special functions.
export { type Adjustment, adjustPValues } from './stats/adjust.js';
export {
  type AndersonDarlingOptions,
  type AndersonDarlingResult,
  andersonDarlingTest,
} from './stats/anderson-darling.js';
export { type ChiSquareOptions, type ChiSquareResult, chiSquareTest } from './stats/chi-square.js';
export { type Combination, combinePValues } from './stats/combine.js';
export {
  type CramerVonMisesOptions,
  type CramerVonMisesResult,
  cramerVonMisesTest,
} from './stats/cramer-von-mises.js';
export { cramersV } from './stats/cramers-v.js';
// Stream detectors and online tests with a target run length.
export { Adwin, type AdwinOptions } from './stats/detectors/adwin.js';
export { Cusum, type CusumOptions } from './stats/detectors/cusum.js';
export { Ddm, type DdmOptions } from './stats/detectors/ddm.js';
export type { DetectorSnapshot, StreamDetector } from './stats/detectors/detector.js';
export { Eddm, type EddmOptions } from './stats/detectors/eddm.js';
export { HddmA, type HddmAOptions } from './stats/detectors/hddm-a.js';
export { HddmW, type HddmWOptions } from './stats/detectors/hddm-w.js';
export { Kswin, type KswinOptions } from './stats/detectors/kswin.js';
export { OnlineCvm, type OnlineCvmOptions } from './stats/detectors/online-cvm.js';
export { OnlineRate, type OnlineRateOptions } from './stats/detectors/online-rate.js';
export { PageHinkley, type PageHinkleyOptions } from './stats/detectors/page-hinkley.js';
export type { RateChange } from './stats/detectors/rate-windows.js';
export type { RunLengthOptions, Thresholds } from './stats/detectors/run-length.js';
export { energyDistance } from './stats/energy.js';
export {
  type Alternative,
  type FisherOptions,
  type FisherResult,
  fisherExactTest,
} from './stats/fisher.js';
export { gTest } from './stats/g-test.js';
export { hellingerDistance } from './stats/hellinger.js';
export { jensenShannonDistance } from './stats/jensen-shannon.js';
export { klDivergence } from './stats/kl-divergence.js';
export { type KsMethod, type KsOptions, type KsResult, ksPValue, ksTest } from './stats/ks.js';
export { lInfinityDistance } from './stats/l-infinity.js';
export { type Center, type LeveneOptions, type LeveneResult, leveneTest } from './stats/levene.js';
export {
  type MannWhitneyOptions,
  type MannWhitneyResult,
  mannWhitneyTest,
} from './stats/mann-whitney.js';
export { klotzTest, waerdenTest } from './stats/normal-scores.js';
export type { ScoreTestResult } from './stats/permutation-tails.js';
export { type ProportionResult, proportionTest } from './stats/proportion.js';
export { populationStabilityIndex } from './stats/psi.js';
export type { Sample } from './stats/sample.js';
export type { Smoothing, SmoothingOptions } from './stats/shares.js';
export { specialFunctions } from './stats/special.js';
export type { ContingencyTable } from './stats/table.js';
export { totalVariationDistance } from './stats/total-variation.js';
export { wassersteinDistance } from './stats/wasserstein.js';
export { type WelchResult, welchTest } from './stats/welch.js';
