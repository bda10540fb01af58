package io.elbench.runner.core;

import static org.junit.Assert.assertArrayEquals;

import org.junit.Test;

public final class OutputValuesTest {

  @Test
  public void theLargestComeFirst() {
    assertBest(5, new float[] {0, 9, -3, 7, 8, 1, 2}, 1, 4, 3, 6, 5);
    assertBest(1, new float[] {-2, -1, -3}, 1);
    assertBest(3, new float[] {1, 2, 3, 4, 5}, 4, 3, 2);
  }

  @Test
  public void ofEqualValuesTheFirstComesFirst() {
    assertBest(5, new float[] {1, 1, 1, 1, 1, 1, 1}, 0, 1, 2, 3, 4);
    assertBest(3, new float[] {0, 5, 0, 5, 5}, 1, 3, 4);
    assertBest(2, new float[] {-0.0f, 0.0f}, 0, 1);
  }

  @Test
  public void ofFewerValuesAllAreTold() {
    assertBest(5, new float[] {1, 3, 2}, 1, 2, 0);
    assertBest(5, new float[0]);
  }

  @Test
  public void whatIsNoNumberComesBehindEveryNumber() {
    assertBest(5, new float[] {Float.NaN, 1, Float.NaN, 2}, 3, 1, 0, 2);
    assertBest(1, new float[] {Float.NaN, Float.NEGATIVE_INFINITY}, 1);
    assertBest(2, new float[] {1, Float.NaN, Float.POSITIVE_INFINITY}, 2, 0);
    assertBest(1, new float[] {Float.NaN, Float.NaN}, 0);
  }

  @Test
  public void valuesTravelAsLittleEndianFloats() {
    OutputValues values = new OutputValues(new long[] {2}, new float[] {1, -2});
    assertArrayEquals(new byte[] {0, 0, (byte) 0x80, 0x3f, 0, 0, 0, (byte) 0xc0}, values.littleEndian());
  }

  private static void assertBest(int count, float[] values, int... expected) {
    assertArrayEquals(expected, new OutputValues(new long[] {values.length}, values).best(count));
  }
}
