package io.elbench.runner.core;

/** A named part of a launch: what fails in it is reported under its name. */
final class Stage {

  /** What a stage does. */
  interface Work<T> {
    T run() throws Exception;
  }

  private Stage() {}

  /**
   * Does the work.
   *
   * @throws StageFailed with whatever the work threw, also when memory or a library was lacking; what a stage
   *     within has named keeps its name
   */
  static <T> T run(String name, Work<T> work) throws StageFailed {
    try {
      return work.run();
    } catch (StageFailed named) {
      throw named;
    } catch (Exception | OutOfMemoryError | LinkageError thrown) {
      throw new StageFailed(name, thrown);
    }
  }
}
