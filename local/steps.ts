/** Reports progress, with one line for each step. */
export interface Steps {
  /**
   * Runs a step and prints its duration.
   * @throws the step's own error, after printing that it failed
   */
  run<T>(title: string, work: () => Promise<T>): Promise<T>;
}

/** Prints steps to standard output. */
export const consoleSteps: Steps = {
  async run(title, work) {
    const began = performance.now();
    process.stdout.write(`▸ ${title} … `);
    try {
      const result = await work();
      console.log(`done (${((performance.now() - began) / 1_000).toFixed(1)} s)`);
      return result;
    } catch (error) {
      console.log('failed');
      throw error;
    }
  },
};

/** Runs steps without output. */
export const silentSteps: Steps = { run: (_title, work) => work() };
