import { readdirSync, readFileSync } from 'node:fs';

/** The largest resident set that the processes of a function have had, in MB; Linux alone tells it. */
export const peakMemoryMb = (functionName: string): number => {
  const peaks = readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
        if (!environment.includes(`AWS_LAMBDA_FUNCTION_NAME=`) || !environment.includes(functionName))
          return [];
        const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
        return peak === undefined ? [] : [Number(peak) / 1_024];
      } catch {
        // It ended meanwhile.
        return [];
      }
    });
  return Math.max(0, ...peaks);
};
