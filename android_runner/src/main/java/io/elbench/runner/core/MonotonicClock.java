package io.elbench.runner.core;

import java.util.concurrent.locks.LockSupport;

/** The system's own clock: System.nanoTime is CLOCK_MONOTONIC on Android and on Linux. */
public final class MonotonicClock implements Clock {

  @Override
  public long nowNs() {
    return System.nanoTime();
  }

  @Override
  public void sleepNs(long durationNs) {
    long untilNs = System.nanoTime() + durationNs;
    for (long leftNs = durationNs; leftNs > 0; leftNs = untilNs - System.nanoTime()) {
      LockSupport.parkNanos(leftNs);
    }
  }
}
