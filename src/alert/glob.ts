export { isGlob, matchesGlob } from '../leaves/glob.js';
