package io.elbench.runner.core;

/**
 * When warm-up may end.
 *
 * <p>{@code ema} compares a fast and a slow moving average of the iteration time, as AndroidX Benchmark does
 * (WarmupManager.kt), with memories that follow the model's speed. {@code fixed} only counts iterations and
 * seconds. Why these constants: docs/explanation/warm-up.md.
 */
final class WarmupRule {

  // What an average remembers: this time, and at least so many iterations.
  private static final double FAST_NS = 0.1e9;
  private static final double FAST_ITERATIONS = 4;
  private static final double SLOW_NS = 1e9;
  private static final double SLOW_ITERATIONS = 12;

  // Of WarmupManager.kt.
  private static final double SIMILAR_WITHIN = 0.04;

  // For how long, and for how many iterations at least, the averages must agree.
  private static final long SIMILAR_NS = 1_000_000_000L;
  private static final int SIMILAR_ITERATIONS = 8;

  // The limit in seconds waits for so many iterations, at most until it is passed so many times.
  private static final int LIMIT_ITERATIONS = 100;
  private static final int LIMIT_FACTOR = 8;

  private final Request.Warmup request;
  private final boolean isFixed;
  private long iterations;
  private long elapsedNs;
  private long lastNs;
  private long beforeLastNs;
  private double fastNs;
  private double slowNs;
  private int similar;
  private long similarNs;
  private boolean converged;

  WarmupRule(Request.Warmup request) {
    this.request = request;
    this.isFixed = request.rule.equals("fixed");
  }

  boolean converged() {
    return converged;
  }

  /** Takes in one more iteration; true once warm-up may end or must. Allocates nothing. */
  boolean isOver(long durationNs) {
    iterations++;
    elapsedNs += durationNs;
    if (iterations > 2) {
      follow(durationNs);
    }
    beforeLastNs = lastNs;
    lastNs = durationNs;
    boolean longEnough =
        iterations >= request.minIterations && elapsedNs >= request.minSeconds * 1e9;
    converged = longEnough && (isFixed || haveAgreed());
    return converged || isAtLimit();
  }

  /** Each average is the mean of all until it is older than its memory. */
  private void follow(long durationNs) {
    long typicalNs = middle(beforeLastNs, lastNs, durationNs);
    double evenly = 1.0 / (iterations - 2);
    double fastWeight = Math.min(1 / FAST_ITERATIONS, fastNs / FAST_NS);
    double slowWeight = Math.min(1 / SLOW_ITERATIONS, fastNs / SLOW_NS);
    fastNs += Math.max(evenly, fastWeight) * (typicalNs - fastNs);
    slowNs += Math.max(evenly, slowWeight) * (typicalNs - slowNs);
    boolean isSimilar = Math.abs(fastNs - slowNs) <= SIMILAR_WITHIN * slowNs;
    if (isSimilar && fastWeight > evenly) {
      similar++;
      similarNs += typicalNs;
    } else {
      similar = 0;
      similarNs = 0;
    }
  }

  private boolean haveAgreed() {
    return similar >= SIMILAR_ITERATIONS && similarNs >= SIMILAR_NS;
  }

  private boolean isAtLimit() {
    double limitNs = request.maxSeconds * 1e9;
    return elapsedNs >= limitNs
        && (iterations >= LIMIT_ITERATIONS || elapsedNs >= LIMIT_FACTOR * limitNs);
  }

  /** Of three durations, so that a single slow iteration moves no average. */
  private static long middle(long first, long second, long third) {
    return Math.max(Math.min(first, second), Math.min(Math.max(first, second), third));
  }
}
