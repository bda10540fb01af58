package io.elbench.runner.pytorch;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;

import java.nio.FloatBuffer;
import org.junit.Test;

public final class LayoutTest {

  /** N, C, H, W of two images with three channels of 2 x 2. */
  private static final long[] SHAPE = {2, 3, 2, 2};

  @Test
  public void channelsComeTogether() {
    FloatBuffer ordered = FloatBuffer.wrap(counting(24));
    FloatBuffer moved = FloatBuffer.allocate(24);
    Layout.toChannelsLast(ordered, moved, SHAPE);
    float[] firstImage = {0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11};
    for (int index = 0; index < 12; index++) {
      assertEquals(firstImage[index], moved.get(index), 0);
      assertEquals(firstImage[index] + 12, moved.get(12 + index), 0);
    }
  }

  @Test
  public void thereAndBackIsWhereItWas() {
    for (long[] shape : new long[][] {SHAPE, {1, 1, 3, 5}, {3, 4, 1, 1}, {1, 5, 2, 3}, {0, 3, 2, 2}}) {
      int size = (int) (shape[0] * shape[1] * shape[2] * shape[3]);
      FloatBuffer moved = FloatBuffer.allocate(size);
      Layout.toChannelsLast(FloatBuffer.wrap(counting(size)), moved, shape);
      assertArrayEquals(counting(size), Layout.fromChannelsLast(moved.array(), shape), 0);
    }
  }

  @Test
  public void aCopyTakesAllValuesWhateverThePositions() {
    FloatBuffer from = FloatBuffer.wrap(counting(4));
    FloatBuffer to = FloatBuffer.allocate(4);
    from.position(2);
    to.position(3);
    Layout.copy(from, to);
    assertArrayEquals(counting(4), to.array(), 0);
  }

  private static float[] counting(int count) {
    float[] values = new float[count];
    for (int index = 0; index < count; index++) {
      values[index] = index;
    }
    return values;
  }
}
