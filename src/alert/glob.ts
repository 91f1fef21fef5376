export { isGlob, matchesGlob } from '../glob.js';
