package io.elbench.runner.core;

/** Shapes of tensors. */
public final class Shapes {

  private Shapes() {}

  /**
   * Elements of a tensor.
   *
   * @throws ArithmeticException more than a Java array can hold
   */
  public static int elements(long[] shape) {
    long elements = 1;
    for (long size : shape) {
      elements = Math.multiplyExact(elements, size);
    }
    return Math.toIntExact(elements);
  }

  /** {@code 1x3x224x224}. */
  public static String text(long[] shape) {
    StringBuilder text = new StringBuilder();
    for (long size : shape) {
      text.append(text.length() == 0 ? "" : "x").append(size);
    }
    return text.toString();
  }
}
