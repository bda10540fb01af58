package io.elbench.runner.core;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;

/**
 * Accuracy over labelled inputs, which lie one after the other, raw as the model takes them; labels are
 * little-endian int32.
 */
final class Evaluation {

  final int count;
  private int correct1;
  private int correct5;

  private Evaluation(int count) {
    this.count = count;
  }

  /**
   * Counts the inputs that a model gets right.
   *
   * @throws IOException a file cannot be read, or its size does not fit the count
   * @throws UnusableModel the model takes more than one input, or none
   */
  static Evaluation of(
      Storage storage, Request.Model wanted, Model model, Request.Evaluate request)
      throws IOException {
    if (wanted.inputs.size() != 1) {
      throw new UnusableModel(
          wanted.name + " has " + wanted.inputs.size() + " inputs; accuracy needs a model with one");
    }
    File inputs = storage.readable(request.inputs);
    IntBuffer labels =
        ByteBuffer.wrap(Files.bytes(storage.readable(request.labels)))
            .order(ByteOrder.LITTLE_ENDIAN)
            .asIntBuffer();
    int itemBytes = InputFiles.bytes(wanted.inputs.get(0));
    if (inputs.length() != (long) itemBytes * request.count || labels.limit() != request.count) {
      throw new IOException(
          request.inputs + " has " + inputs.length() + " bytes and " + request.labels + " "
              + labels.limit() + " labels, " + request.count + " inputs of " + itemBytes
              + " bytes were announced");
    }
    Evaluation evaluation = new Evaluation(request.count);
    try (RandomAccessFile images = new RandomAccessFile(inputs, "r")) {
      byte[] image = new byte[itemBytes];
      for (int index = 0; index < request.count; index++) {
        images.readFully(image);
        model.bind(new ByteBuffer[] {ByteBuffer.wrap(image)});
        evaluation.add(model.output().best(5), labels.get(index));
      }
    }
    return evaluation;
  }

  int correct1() {
    return correct1;
  }

  int correct5() {
    return correct5;
  }

  private void add(int[] best, int label) {
    correct1 += best[0] == label ? 1 : 0;
    for (int index : best) {
      correct5 += index == label ? 1 : 0;
    }
  }
}
