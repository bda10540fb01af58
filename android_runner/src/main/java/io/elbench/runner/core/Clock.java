package io.elbench.runner.core;

/** Nanoseconds as CLOCK_MONOTONIC counts them. */
public interface Clock {

  /** Reads the clock; allocates nothing. */
  long nowNs();

  /** Lets time pass; allocates nothing. */
  void sleepNs(long durationNs);
}
