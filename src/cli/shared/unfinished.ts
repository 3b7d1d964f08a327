/**
 * Has what `work` makes removed if it fails, and if the process leaves before it has settled: at a second Ctrl-C no `catch`
 * and no `finally` is run.
 *
 * @param remove must be synchronous; may be called where there is nothing yet
 */
export async function removeIfUnfinished<T>(remove: () => void, work: () => Promise<T>): Promise<T> {
  process.once('exit', remove);
  try {
    return await work();
  } catch (error) {
    remove();
    throw error;
  } finally {
    process.off('exit', remove);
  }
}
