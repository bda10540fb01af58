package io.elbench.runner.core;

import java.nio.ByteBuffer;

/** A loaded model with its inputs. */
public interface Model {

  /**
   * Fills the input tensors, which are made at the first call and kept.
   *
   * @param inputs raw little-endian data of the requested shapes, in the order N, C, H, W
   */
  void bind(ByteBuffer[] inputs);

  /** Runs once on the bound inputs; exactly this is timed. */
  void forward();

  /**
   * Gives back the memory of the last forward's output; never timed. Otherwise outputs pile up until Java
   * collects its garbage, of which they are no part: the process grows with every iteration.
   */
  void dropOutput();

  /**
   * Runs once more, untimed.
   *
   * @throws UnusableModel the model does not return one tensor of numbers
   */
  OutputValues output();

  /** Gives back what the model holds; it cannot be used any more. */
  void destroy();
}
