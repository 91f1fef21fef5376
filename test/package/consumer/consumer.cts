import leeway = require('leeway');
import profile = require('leeway/profile');

const made: leeway.TrackingStore = leeway.memoryStore();
const drift: boolean = profile.compareProfiles(
  profile.profileTable([]),
  profile.profileTable([]),
).drift;
console.log(made.location, drift);
