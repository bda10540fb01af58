package io.elbench.runner.core;

import java.io.Closeable;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;

/** The runner's own copy of the events, one a line, for a harness that lost its connection. */
public final class RecoveryCopy implements Closeable {

  private Writer lines;

  private RecoveryCopy(Writer lines) {
    this.lines = lines;
  }

  /** A copy in a file; on a phone without such storage (null) or room for it there is none. */
  public static RecoveryCopy in(File file) {
    try {
      return new RecoveryCopy(file == null ? null : open(file));
    } catch (IOException unwritable) {
      return new RecoveryCopy(null);
    }
  }

  private static Writer open(File file) throws IOException {
    file.getParentFile().mkdirs();
    return new OutputStreamWriter(new FileOutputStream(file), StandardCharsets.UTF_8);
  }

  /** Adds a line; a copy that cannot be written any more ends, and the launch goes on. */
  void append(String line) {
    if (lines == null) {
      return;
    }
    try {
      lines.write(line + "\n");
      lines.flush();
    } catch (IOException unwritable) {
      close();
    }
  }

  @Override
  public void close() {
    try {
      if (lines != null) {
        lines.close();
      }
    } catch (IOException unwritable) {
      // What could be written stands there.
    }
    lines = null;
  }
}
