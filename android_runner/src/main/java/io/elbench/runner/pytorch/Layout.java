package io.elbench.runner.pytorch;

import java.nio.FloatBuffer;

/** The two ways in which an image tensor N, C, H, W lies in memory. */
final class Layout {

  private Layout() {}

  /** Copies all values, whatever the buffers' positions. */
  static void copy(FloatBuffer from, FloatBuffer to) {
    for (int index = 0; index < to.capacity(); index++) {
      to.put(index, from.get(index));
    }
  }

  /** Copies values that lie as N, C, H, W so that they lie as N, H, W, C. */
  static void toChannelsLast(FloatBuffer from, FloatBuffer to, long[] shape) {
    int channels = (int) shape[1];
    int pixels = (int) (shape[2] * shape[3]);
    for (int index = 0; index < to.capacity(); index++) {
      int image = index / (channels * pixels);
      int pixel = index / channels % pixels;
      int channel = index % channels;
      to.put(index, from.get((image * channels + channel) * pixels + pixel));
    }
  }

  /** The values of a tensor that lie as N, H, W, C, in the order N, C, H, W. */
  static float[] fromChannelsLast(float[] values, long[] shape) {
    int channels = (int) shape[1];
    int pixels = (int) (shape[2] * shape[3]);
    float[] ordered = new float[values.length];
    for (int index = 0; index < values.length; index++) {
      int image = index / (channels * pixels);
      int pixel = index / channels % pixels;
      int channel = index % channels;
      ordered[(image * channels + channel) * pixels + pixel] = values[index];
    }
    return ordered;
  }
}
