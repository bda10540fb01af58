package io.elbench.runner.core;

import java.util.Arrays;

/** The steady iterations of one model, in arrays made beforehand. */
final class Recording {

  private final Model model;
  private final Request.Measure request;
  private final long[] startNs;
  private final long[] durationNs;
  private int count;
  private long elapsedNs;

  Recording(Model model, Request.Measure request) {
    this.model = model;
    this.request = request;
    this.startNs = new long[request.maxIterations];
    this.durationNs = new long[request.maxIterations];
  }

  /** Whether both minima are met, or either maximum is reached. */
  boolean isOver() {
    boolean enough = count >= request.minIterations && elapsedNs >= request.minSeconds * 1e9;
    return enough || count >= request.maxIterations || elapsedNs >= request.maxSeconds * 1e9;
  }

  int count() {
    return count;
  }

  /** Iterates until the request is fulfilled. */
  void run(Clock clock, MemorySampler memory) {
    run(clock, memory, request.maxIterations);
  }

  /** Iterates so many times, or until the request is fulfilled; allocates nothing. */
  void run(Clock clock, MemorySampler memory, int iterations) {
    long pauseNs = request.pauseMs * 1_000_000L;
    int until = (int) Math.min((long) count + iterations, request.maxIterations);
    long originNs = clock.nowNs() - elapsedNs;
    while (count < until && !isOver()) {
      long beginNs = clock.nowNs();
      model.forward();
      long endNs = clock.nowNs();
      startNs[count] = beginNs;
      durationNs[count] = endNs - beginNs;
      count++;
      memory.sampleIfDue(endNs);
      model.dropOutput();
      if (pauseNs > 0) {
        clock.sleepNs(pauseNs);
      }
      elapsedNs = clock.nowNs() - originNs;
    }
  }

  /** Starts of the iterations from one index up to another. */
  long[] startNs(int from, int to) {
    return Arrays.copyOfRange(startNs, from, to);
  }

  /** Durations of the iterations from one index up to another. */
  long[] durationNs(int from, int to) {
    return Arrays.copyOfRange(durationNs, from, to);
  }
}
