package io.elbench.runner.core;

import java.io.File;

/** A runtime that runs models in this process. */
public interface Engine {

  /** Name of the runtime, as the contract spells it. */
  String runtime();

  /** Its version, and what it runs on where that is not a phone. */
  String version();

  /** Sets the number of threads; returns how many the runtime then has. */
  int setThreads(int threads);

  /**
   * Loads a model file; exactly this is timed as the load.
   *
   * @throws UnusableModel the runtime cannot run the file
   */
  Model load(Request.Model wanted, File file);
}
