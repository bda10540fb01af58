package io.elbench.runner.core;

import java.io.Closeable;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;

/** /proc/self/status kept open, so that a copy of it costs one system call and no object. */
public final class ProcStatus implements Closeable {

  /** More than the file has. */
  static final int BYTES = 2048;

  private final FileChannel channel;

  /**
   * @throws IOException the file cannot be opened
   */
  public ProcStatus(File file) throws IOException {
    this.channel = new FileInputStream(file).getChannel();
  }

  /**
   * Copies the file as it is now; allocates nothing.
   *
   * @param row a direct buffer, filled from its position up to its limit at most
   * @throws IOException the file cannot be read
   */
  void copyInto(ByteBuffer row) throws IOException {
    channel.read(row, 0);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  /** The KiB that a copy states under a name, or null. */
  static Long kib(String status, String name) {
    int start = ("\n" + status).indexOf("\n" + name + ":");
    if (start < 0) {
      return null;
    }
    int from = start + name.length() + 1;
    int to = status.indexOf(" kB", from);
    String number = to < 0 ? "" : status.substring(from, to).trim();
    return number.matches("\\d{1,15}") ? Long.valueOf(number) : null;
  }

  /** What {@link #copyInto} has copied. */
  static String text(ByteBuffer row) {
    byte[] bytes = new byte[row.position()];
    for (int index = 0; index < bytes.length; index++) {
      bytes[index] = row.get(index);
    }
    return new String(bytes, StandardCharsets.US_ASCII);
  }
}
