export { describeStore } from './testing/describe-store.js';
export {
  checkExactWindows,
  type ExactWindowsOptions,
  type ExactWindowsReport,
} from './testing/exact-windows.js';
export type {
  CreateStore,
  StoreSuiteOptions,
  StoreUnderTest,
  TestFunctions,
} from './testing/suite.js';
export type { TrackingStore } from './tracking/store.js';
