package io.elbench.runner.core;

import java.nio.ByteBuffer;

/** A model that takes as long as a test says and finds the class that its input names. */
class TimedModel implements Model {

  static final int CLASSES = 10;

  private final SteppedClock clock;
  private final long[] durationsNs;
  private int best;
  int forwards;
  int outputs;
  int mostOutputs;
  boolean isDestroyed;

  /**
   * @param durationsNs of the forwards; the last one repeats
   */
  TimedModel(SteppedClock clock, long... durationsNs) {
    this.clock = clock;
    this.durationsNs = durationsNs;
  }

  /** The first byte of the first input is the class that the model will find. */
  @Override
  public void bind(ByteBuffer[] inputs) {
    best = inputs[0].get(0);
  }

  @Override
  public void forward() {
    clock.atNs += durationsNs[Math.min(forwards, durationsNs.length - 1)];
    forwards++;
    outputs++;
    mostOutputs = Math.max(mostOutputs, outputs);
  }

  @Override
  public void dropOutput() {
    outputs = 0;
  }

  /** The class found is the best one; the others fall with their number. */
  @Override
  public OutputValues output() {
    float[] values = new float[CLASSES];
    for (int index = 0; index < CLASSES; index++) {
      values[index] = index == best ? 1 : -index;
    }
    return new OutputValues(new long[] {1, CLASSES}, values);
  }

  @Override
  public void destroy() {
    isDestroyed = true;
  }
}
