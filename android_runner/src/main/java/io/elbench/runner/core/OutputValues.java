package io.elbench.runner.core;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** A model's output as plain numbers. */
public final class OutputValues {

  private final long[] shape;
  private final float[] values;

  /**
   * @param shape of the output tensor
   * @param values in the order of the shape (row-major)
   */
  public OutputValues(long[] shape, float[] values) {
    this.shape = shape.clone();
    this.values = values;
  }

  public long[] shape() {
    return shape.clone();
  }

  /** Raw little-endian float32. */
  public byte[] littleEndian() {
    ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * values.length);
    bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
    return bytes.array();
  }

  /** Whether every value is a number, and none infinite. */
  boolean isFinite() {
    for (float value : values) {
      if (Float.isNaN(value) || Float.isInfinite(value)) {
        return false;
      }
    }
    return true;
  }

  /** Indices of the largest values, largest first; of equal values the first one comes first. */
  public int[] best(int count) {
    int[] best = new int[Math.min(count, values.length)];
    int found = 0;
    for (int index = 0; index < values.length; index++) {
      int place = found;
      while (place > 0 && isLarger(values[index], values[best[place - 1]])) {
        place--;
      }
      if (place < best.length) {
        found = Math.min(found + 1, best.length);
        System.arraycopy(best, place, best, place + 1, found - place - 1);
        best[place] = index;
      }
    }
    return Arrays.copyOf(best, found);
  }

  /** What is no number is smaller than every number. */
  private static boolean isLarger(float one, float other) {
    return one > other || (Float.isNaN(other) && !Float.isNaN(one));
  }
}
