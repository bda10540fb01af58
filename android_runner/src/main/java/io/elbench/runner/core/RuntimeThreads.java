package io.elbench.runner.core;

import java.io.File;
import java.io.IOException;

/**
 * Threads that a runtime really has: PyTorch Mobile has no call that tells.
 *
 * <p>A native thread pool's workers bear the name of the thread that made them, so the measuring thread takes
 * a name of its own and counts those that share it.
 */
public final class RuntimeThreads {

  /** At most 15 characters: Linux keeps no more. */
  static final String NAME = "elbench-loop";

  private static final File TASKS = new File("/proc/self/task");

  private RuntimeThreads() {}

  /** Gives the calling thread the name by which its pool's workers are known. */
  static void nameOwn() {
    Thread.currentThread().setName(NAME);
  }

  /** The calling thread and all workers that were made by it. */
  public static int count() {
    int count = 0;
    File[] tasks = TASKS.listFiles();
    for (File task : tasks == null ? new File[0] : tasks) {
      count += isNamed(task) ? 1 : 0;
    }
    return count;
  }

  private static boolean isNamed(File task) {
    try {
      return Files.text(new File(task, "comm")).trim().equals(NAME);
    } catch (IOException ended) {
      return false;
    }
  }
}
