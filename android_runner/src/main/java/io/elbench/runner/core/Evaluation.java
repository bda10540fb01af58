package io.elbench.runner.core;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;

/** What a model takes many inputs for, told in events as it goes on. */
final class Evaluation {

  private final Storage storage;
  private final Clock clock;
  private final EventStream stream;
  private final Request.Model wanted;
  private final Model model;
  private final byte[] input;
  private final Predictions predictions;

  /**
   * @throws UnusableModel the model takes more than one input, or none
   */
  Evaluation(Platform platform, EventStream stream, Request.Model wanted, Model model) {
    if (wanted.inputs.size() != 1) {
      throw new UnusableModel(
          wanted.name + " has " + wanted.inputs.size() + " inputs; accuracy needs a model with one");
    }
    this.storage = platform.storage();
    this.clock = platform.clock();
    this.stream = stream;
    this.wanted = wanted;
    this.model = model;
    this.input = new byte[InputFiles.bytes(wanted.inputs.get(0))];
    this.predictions = new Predictions(wanted.name, clock.nowNs());
  }

  /**
   * Runs the model once on each input of the files, which lie raw one after the other, and emits what it found.
   *
   * @throws IOException a file cannot be read, or is not what was announced
   */
  void run(Iterable<Request.Images> files) throws IOException {
    for (Request.Images announced : files) {
      run(announced);
    }
    if (!predictions.isEmpty()) {
      stream.emit(predictions.event(clock.nowNs()));
    }
    stream.emit(predictions.evaluated());
  }

  private void run(Request.Images announced) throws IOException {
    File file = verified(announced);
    try (RandomAccessFile images = new RandomAccessFile(file, "r")) {
      for (int index = 0; index < announced.count; index++) {
        images.readFully(input);
        model.bind(new ByteBuffer[] {ByteBuffer.wrap(input)});
        predictions.add(model.output());
        if (predictions.areDue(clock.nowNs())) {
          stream.emit(predictions.event(clock.nowNs()));
        }
      }
    }
  }

  private File verified(Request.Images announced) throws IOException {
    File file = storage.readable(announced.path);
    if (file.length() != (long) input.length * announced.count) {
      throw new IOException(
          announced.path + " has " + file.length() + " bytes, " + announced.count + " inputs of "
              + input.length + " bytes were announced");
    }
    String sha256 = Files.sha256(file);
    if (!sha256.equals(announced.sha256)) {
      throw new IOException(
          announced.path + " has sha256 " + sha256 + ", the request says " + announced.sha256
              + ": the file arrived damaged, push it again");
    }
    return file;
  }
}
