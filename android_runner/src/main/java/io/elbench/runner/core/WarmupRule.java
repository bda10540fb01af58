package io.elbench.runner.core;

/**
 * When warm-up may end.
 *
 * <p>{@code ema} is the rule of AndroidX Benchmark (WarmupManager.kt): a fast and a slow moving average of
 * the iteration time must agree for a while. {@code fixed} only counts iterations and seconds.
 */
final class WarmupRule {

  // These four are the constants of WarmupManager.kt.
  private static final double FAST_RATIO = 0.1;
  private static final double SLOW_RATIO = 0.005;
  private static final double SIMILAR_WITHIN = 0.04;
  private static final int SIMILAR_ITERATIONS = 40;

  private final Request.Warmup request;
  private final boolean isFixed;
  private long iterations;
  private long elapsedNs;
  private double fastNs;
  private double slowNs;
  private int similar;
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
    follow(durationNs);
    boolean longEnough =
        iterations >= request.minIterations && elapsedNs >= request.minSeconds * 1e9;
    converged = longEnough && (isFixed || similar > SIMILAR_ITERATIONS);
    return converged || elapsedNs >= request.maxSeconds * 1e9;
  }

  private void follow(long durationNs) {
    if (iterations == 1) {
      fastNs = durationNs;
      slowNs = durationNs;
      return;
    }
    fastNs += FAST_RATIO * (durationNs - fastNs);
    slowNs += SLOW_RATIO * (durationNs - slowNs);
    boolean isSimilar = slowNs == 0 || Math.abs(fastNs / slowNs - 1) <= SIMILAR_WITHIN;
    similar = isSimilar ? similar + 1 : 0;
  }
}
