package io.elbench.runner.core;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/** The raw inputs that a request names. */
final class InputFiles {

  private InputFiles() {}

  /**
   * Reads the inputs of a model.
   *
   * @throws IOException a file cannot be read, or its size does not fit the shape
   * @throws UnusableModel a shape is larger than any Java array
   */
  static ByteBuffer[] read(Storage storage, List<Request.Input> inputs) throws IOException {
    ByteBuffer[] data = new ByteBuffer[inputs.size()];
    for (int index = 0; index < data.length; index++) {
      data[index] = ByteBuffer.wrap(read(storage, inputs.get(index)));
    }
    return data;
  }

  static int bytes(Request.Input input) {
    try {
      return Math.multiplyExact(Shapes.elements(input.shape), Float.BYTES);
    } catch (ArithmeticException overflow) {
      throw new UnusableModel(
          "an input of " + Shapes.text(input.shape) + " float32 is larger than an app can hold: "
              + "request a smaller shape",
          overflow);
    }
  }

  private static byte[] read(Storage storage, Request.Input input) throws IOException {
    File file = storage.readable(input.path);
    int expected = bytes(input);
    if (file.length() != expected) {
      throw new IOException(
          input.path + " has " + file.length() + " bytes, an input of " + Shapes.text(input.shape)
              + " float32 has " + expected + ": push the input that belongs to the model");
    }
    return Files.bytes(file);
  }
}
