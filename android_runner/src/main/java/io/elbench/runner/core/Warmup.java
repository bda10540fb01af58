package io.elbench.runner.core;

import java.util.Arrays;

/** The warm-up of one model: its timed iterations, and whether the rule was met. */
final class Warmup {

  static final int MAX_ITERATIONS = 100_000;

  private final WarmupRule rule;
  private final long[] durationsNs = new long[MAX_ITERATIONS];
  private int count;

  Warmup(Request.Warmup request) {
    this.rule = new WarmupRule(request);
  }

  /** Iterates until the rule is met; allocates nothing. */
  void run(Model model, Clock clock, MemorySampler memory) {
    boolean isOver = false;
    while (!isOver && count < MAX_ITERATIONS) {
      long beginNs = clock.nowNs();
      model.forward();
      long endNs = clock.nowNs();
      long durationNs = endNs - beginNs;
      durationsNs[count++] = durationNs;
      memory.sampleIfDue(endNs);
      model.dropOutput();
      isOver = rule.isOver(durationNs);
    }
  }

  long[] durationsNs() {
    return Arrays.copyOf(durationsNs, count);
  }

  boolean converged() {
    return rule.converged();
  }
}
