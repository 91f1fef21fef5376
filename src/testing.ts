export { describeStore } from './tracking/contract/describe-store.js';
export {
  checkExactWindows,
  type ExactWindowsOptions,
  type ExactWindowsReport,
} from './tracking/contract/exact-windows.js';
export type { CreateStore, StoreSuiteOptions, StoreUnderTest, TestFunctions } from './tracking/contract/suite.js';
export type { TrackingStore } from './tracking/store.js';
