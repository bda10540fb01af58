package io.elbench.runner.core;

import java.util.List;

/** Several models in turn in one process, so that they share its conditions. */
final class Duet {

  private Duet() {}

  /** Runs a block of each model forwards and then backwards (ABBA), until all are fulfilled. */
  static void run(List<Recording> recordings, Clock clock, MemorySampler memory, int block) {
    Recording[] order = thereAndBack(recordings);
    int iterations = Math.max(block, 1);
    while (!areOver(order)) {
      for (int place = 0; place < order.length; place++) {
        order[place].run(clock, memory, iterations);
      }
    }
  }

  private static Recording[] thereAndBack(List<Recording> recordings) {
    int count = recordings.size();
    Recording[] order = new Recording[2 * count];
    for (int index = 0; index < count; index++) {
      order[index] = recordings.get(index);
      order[2 * count - 1 - index] = recordings.get(index);
    }
    return order;
  }

  private static boolean areOver(Recording[] recordings) {
    for (int index = 0; index < recordings.length; index++) {
      if (!recordings[index].isOver()) {
        return false;
      }
    }
    return true;
  }
}
