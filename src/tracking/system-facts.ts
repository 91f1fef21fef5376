import {
  arch,
  availableParallelism,
  cpus,
  freemem,
  hostname,
  platform,
  release,
  totalmem,
} from 'node:os';

/** What this process runs on. */
export function systemFacts(): Record<string, unknown> {
  const { heapUsed, rss } = process.memoryUsage();
  return {
    node: process.version,
    versions: { ...process.versions },
    platform: platform(),
    release: release(),
    arch: arch(),
    hostname: hostname(),
    pid: process.pid,
    cpus: availableParallelism(),
    cpu: cpus()[0]?.model ?? '',
    memory: { total: totalmem(), free: freemem(), rss, heapUsed },
    uptimeS: Math.round(process.uptime()),
  };
}
