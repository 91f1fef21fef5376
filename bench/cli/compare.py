# The same work with pandas and SciPy: read two tables, Kolmogorov-Smirnov or chi-square per column.
import json, resource, sys, time
import pandas as pd
from scipy.stats import chi2_contingency, ks_2samp

started = time.time()
before, now = pd.read_csv(sys.argv[1]), pd.read_csv(sys.argv[2])
read = time.time()
values = {}
for name in before.columns:
    if before[name].dtype.kind in "fi":
        values[name] = float(ks_2samp(before[name].dropna(), now[name].dropna(), method="asymp").statistic)
    else:
        counts = pd.concat([before[name].value_counts(), now[name].value_counts()], axis=1).fillna(0)
        values[name] = float(chi2_contingency(counts.T.values, correction=False)[0])
print(json.dumps({
    "read": read - started, "test": time.time() - read, "values": values, "version": pd.__version__,
    "peakMb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
