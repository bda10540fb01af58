package io.elbench.runner.core;

/** A clock that moves only when a test's model takes time or the runner sleeps. */
final class SteppedClock implements Clock {

  long atNs = 1_000_000_000_000L;
  long sleptNs;

  @Override
  public long nowNs() {
    return atNs;
  }

  @Override
  public void sleepNs(long durationNs) {
    atNs += durationNs;
    sleptNs += durationNs;
  }
}
